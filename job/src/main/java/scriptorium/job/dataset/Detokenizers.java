package scriptorium.job.dataset;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Turns the tokenised texts of benchmarks back into text as people write it, as Radford et al. 2019
 * did before they scored them ("invertible de-tokenizers").
 */
final class Detokenizers {
  private static final List<Rule> WIKI_TEXT =
      List.of(
          plain("s '", "s'"),
          pattern("/' [0-9]/", "/'[0-9]/"),
          plain(" @-@ ", "-"),
          plain(" @,@ ", ","),
          plain(" @.@ ", "."),
          plain(" : ", ": "),
          plain(" ; ", "; "),
          plain(" . ", ". "),
          plain(" ! ", "! "),
          plain(" ? ", "? "),
          plain(" , ", ", "),
          pattern("\\(\\s*([^\\)]*?)\\s*\\)", "($1)"),
          pattern("\\[\\s*([^\\]]*?)\\s*\\]", "[$1]"),
          pattern("\\{\\s*([^}]*?)\\s*\\}", "{$1}"),
          pattern("\"\\s*([^\"]*?)\\s*\"", "\"$1\""),
          pattern("'\\s*([^']*?)\\s*'", "'$1'"),
          plain("= = = =", "===="),
          plain("= = =", "==="),
          plain("= =", "=="),
          plain(" \u00b0 ", "\u00b0"),
          plain(" \n", "\n"),
          plain("\n ", "\n"),
          plain(" N ", " 1 "),
          plain(" 's", "'s"));

  private Detokenizers() {}

  private record Rule(Pattern pattern, String replacement) {}

  private static Rule plain(String from, String to) {
    return new Rule(
        Pattern.compile(from, Pattern.LITERAL), java.util.regex.Matcher.quoteReplacement(to));
  }

  private static Rule pattern(String from, String to) {
    return new Rule(Pattern.compile(from, Pattern.UNICODE_CHARACTER_CLASS), to);
  }

  /** WikiText's, rule by rule that of Megatron-LM (tasks/zeroshot_gpt/detokenizer.py). */
  static String wikiText(String tokenised) {
    String text = tokenised;
    for (Rule rule : WIKI_TEXT) {
      text = rule.pattern().matcher(text).replaceAll(rule.replacement());
    }
    return text;
  }
}
