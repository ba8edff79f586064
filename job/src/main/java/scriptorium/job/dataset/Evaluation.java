package scriptorium.job.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import scriptorium.engine.Engine;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.ScoringText;
import scriptorium.engine.TextScore;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.base.Console;
import scriptorium.job.base.UserException;

/** The standard evaluations of language models that Radford et al. 2019 published for GPT-2. */
public enum Evaluation {
  /** Last words of passages (Paperno et al. 2016). */
  LAMBADA("lambada/lambada_test.jsonl") {
    @Override
    public Map<String, Double> run(Engine engine, Path file, int stride, Console console)
        throws IOException, InterruptedException {
      BytePairTokenizer tokenizer = engine.model().tokenizer();
      List<ScoringText> words = new ArrayList<>();
      for (String line : Files.readAllLines(file)) {
        JsonNode text = new ObjectMapper().readTree(line).path("text");
        int cut = text.asText().lastIndexOf(' ');
        if (cut < 0) {
          throw new UserException(
              "Evaluation file "
                  + file
                  + ", line "
                  + (words.size() + 1)
                  + ": no passage in column text");
        }
        words.add(
            new ScoringText(
                words.size(),
                tokenizer.encode(text.asText().substring(0, cut)),
                tokenizer.encode(text.asText().substring(cut))));
      }
      return lastWords(score(engine, words, stride, true, console));
    }
  },

  /** The test split as one text, de-tokenised (Merity et al. 2016). */
  WIKITEXT2("wikitext-2-raw/wiki.test.raw") {
    @Override
    public Map<String, Double> run(Engine engine, Path file, int stride, Console console)
        throws IOException, InterruptedException {
      String raw = Files.readString(file).replace("\r\n", "\n"); // as it is distributed
      int[] tokens = engine.model().tokenizer().encode(Detokenizers.wikiText(raw));
      TextScore score =
          score(engine, List.of(new ScoringText(0, new int[0], tokens)), stride, false, console)
              .getFirst();
      // As the published figures count: whitespace-separated tokens, and one for each line's end.
      long words =
          SPACE.splitAsStream(raw.strip()).count() + raw.chars().filter(c -> c == '\n').count();
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("tokens", (double) score.length());
      figures.put("words", (double) words);
      figures.put("log_likelihood", score.logLikelihood());
      figures.put("token_perplexity", score.perplexity());
      figures.put("word_perplexity", Math.exp(-score.logLikelihood() / words));
      return figures;
    }
  };

  private static final Pattern SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final long TELL_NANOS = 10_000_000_000L;

  private final String file;

  Evaluation(String file) {
    this.file = file;
  }

  /** The evaluation of a name such as lambada. */
  public static Evaluation of(String name) {
    for (Evaluation evaluation : values()) {
      if (evaluation.name().toLowerCase(Locale.ROOT).equals(name)) {
        return evaluation;
      }
    }
    throw new UserException("Evaluation " + name + " is not known: give lambada or wikitext2");
  }

  /** Its data among the project's data sets. */
  public String file() {
    return file;
  }

  /**
   * The evaluation's figures by name.
   *
   * @param stride between windows of a text longer than the context, 0 for the context
   * @param console where progress is told
   */
  public abstract Map<String, Double> run(Engine engine, Path file, int stride, Console console)
      throws IOException, InterruptedException;

  private static List<TextScore> score(
      Engine engine, List<ScoringText> texts, int stride, boolean details, Console console)
      throws InterruptedException {
    TextScore[] scores = new TextScore[texts.size()];
    int[] done = new int[1];
    long[] told = {System.nanoTime()};
    new Scorer(engine, new ScoringConfig(stride, details))
        .score(
            texts.iterator(),
            score -> {
              scores[(int) score.id()] = score;
              done[0]++;
              if (System.nanoTime() - told[0] > TELL_NANOS) {
                told[0] = System.nanoTime();
                console.progress(done[0] + " of " + scores.length + " texts");
              }
            });
    return List.of(scores);
  }

  private static Map<String, Double> lastWords(List<TextScore> words) {
    double sum = 0;
    int greedy = 0;
    int lastTokens = 0;
    for (TextScore word : words) {
      sum += word.logLikelihood();
      greedy += word.topShare(1) == 1 ? 1 : 0;
      lastTokens += word.ranks()[word.length() - 1] == 1 ? 1 : 0;
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("passages", (double) words.size());
    figures.put("accuracy", (double) greedy / words.size());
    figures.put("last_token_accuracy", (double) lastTokens / words.size());
    figures.put("perplexity", Math.exp(-sum / words.size()));
    return figures;
  }
}
