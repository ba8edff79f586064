package scriptorium.job.config;

import static scriptorium.job.config.OptionChecks.check;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import scriptorium.engine.EngineOptions;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.input.format.InputFormat;

/**
 * A run of {@code corpus}, resolved and checked.
 *
 * @param model that scores the texts, null for none
 * @param inputFormat of files that are no data sets, null for what names and contents tell
 * @param splits shares of the groups, in order; their sum is 1
 * @param groupColumn whose values stay in one split, null for none
 * @param nearDuplicates Jaccard similarity from which texts are duplicates, in (0, 1]
 * @param matchLengths whether every side has as many texts of each length
 * @param rows of each side at most, 0 for all
 * @param released whether the released layout is written too
 * @param engine size of each executor's engine
 */
public record CorpusConfig(
    String name,
    String model,
    String modelsDir,
    List<String> human,
    List<String> synthetic,
    InputFormat inputFormat,
    String textColumn,
    String groupColumn,
    Map<String, Double> splits,
    long seed,
    double nearDuplicates,
    boolean matchLengths,
    long rows,
    boolean released,
    boolean failOnBadRow,
    String out,
    ShardFormat format,
    int shardRows,
    EngineOptions engine) {
  /**
   * Resolves options over a preset's over the defaults.
   *
   * @throws scriptorium.job.base.UserException for an invalid value; the message names it and the
   *     remedy
   */
  public static CorpusConfig of(CorpusOptions commandLine, CorpusOptions preset) {
    CorpusOptions o = commandLine.or(preset);
    check(given(o.human), "Human text", "is not given", "name files or folders by --human");
    check(given(o.synthetic), "Synthetic text", "is not given", "name data sets by --synthetic");
    check(o.out != null, "Out", "is not given", "name a new or empty folder by --out");
    double near = o.nearDuplicates == null ? 0.8 : o.nearDuplicates;
    check(
        near > 0.3 && near <= 1,
        "Near duplicates",
        String.valueOf(near),
        "give a similarity above 0.3 and up to 1");
    return new CorpusConfig(
        o.nameOr("corpus"),
        o.model,
        o.modelsDirOrDefault(),
        List.copyOf(o.human),
        List.copyOf(o.synthetic),
        o.inputFormat(),
        o.textColumn == null ? "text" : o.textColumn,
        o.groupColumn,
        splits(o.split == null ? "train=0.8,valid=0.1,test=0.1" : o.split),
        o.seed == null ? 0 : o.seed,
        near,
        o.matchLengths != null && o.matchLengths,
        o.rows == null ? 0 : OptionChecks.atLeastOne("Rows", o.rows),
        o.released != null && o.released,
        o.failOnBadRow(),
        o.out,
        OptionChecks.format(o.format),
        o.shardRowsOrDefault(),
        o.engine());
  }

  private static boolean given(List<String> paths) {
    return paths != null && !paths.isEmpty() && paths.stream().noneMatch(Objects::isNull);
  }

  private static Map<String, Double> splits(String text) {
    Map<String, Double> splits = new LinkedHashMap<>();
    double sum = 0;
    for (String part : text.split(",", -1)) {
      check(
          part.matches("[A-Za-z0-9][A-Za-z0-9_-]*=(0?\\.[0-9]{1,9}|[01](\\.0{1,9})?)"),
          "Split",
          text,
          "give names and shares such as train=0.8,valid=0.1,test=0.1");
      String[] pair = part.split("=");
      double share = Double.parseDouble(pair[1]);
      check(share > 0, "Split", text, "give every split a share above 0");
      check(splits.put(pair[0], share) == null, "Split", text, "give each name once");
      sum += share;
    }
    check(Math.abs(sum - 1) < 1e-6, "Split", text, "give shares whose sum is 1");
    return splits;
  }

  /** The settings that decide bytes, for the manifest. */
  public Map<String, Object> decisiveSettings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("textColumn", textColumn);
    if (inputFormat != null) {
      settings.put("inputFormat", inputFormat.word());
    }
    settings.put("groupColumn", groupColumn);
    settings.put("split", splits.toString());
    settings.put("seed", seed);
    settings.put("nearDuplicates", nearDuplicates);
    settings.put("matchLengths", matchLengths);
    settings.put("rows", rows);
    settings.put("released", released);
    settings.put("format", format.word());
    settings.put("shardRows", shardRows);
    return settings;
  }
}
