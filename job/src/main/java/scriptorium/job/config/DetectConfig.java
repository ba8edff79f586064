package scriptorium.job.config;

import static scriptorium.job.config.OptionChecks.check;

import java.util.List;
import java.util.Objects;
import scriptorium.engine.EngineOptions;
import scriptorium.job.input.format.InputFormat;

/**
 * A run of {@code detect}, resolved and checked: either one that trains or one that applies.
 *
 * @param corpus that is trained on, null where detectors are applied
 * @param modelIn the detectors to apply; null if they are trained
 * @param input files and folders to apply them to; empty if they are trained
 * @param inputFormat null for what names and contents tell
 * @param family whose detectors are applied, null for the default
 * @param model that scores the input, null for none
 * @param engine size of each executor's engine
 */
public record DetectConfig(
    String name,
    String corpus,
    String modelIn,
    List<String> input,
    InputFormat inputFormat,
    String textColumn,
    String family,
    String model,
    String modelsDir,
    boolean failOnBadRow,
    String out,
    int shardRows,
    EngineOptions engine) {
  /**
   * Resolves options over a preset's over the defaults.
   *
   * @throws scriptorium.job.base.UserException for an invalid value; the message names it and the
   *     remedy
   */
  public static DetectConfig of(DetectOptions commandLine, DetectOptions preset) {
    DetectOptions o = commandLine.or(preset);
    check(
        o.corpus != null || o.modelIn != null,
        "Corpus",
        "is not given",
        "name what corpus wrote by --corpus, or detectors to apply by --model-in");
    check(
        o.corpus == null || o.modelIn == null,
        "Detectors",
        o.modelIn,
        "give --corpus to train or --model-in to apply, not both");
    check(o.out != null, "Out", "is not given", "name a new or empty folder by --out");
    boolean input = o.input != null && !o.input.isEmpty();
    check(
        o.modelIn == null || input && o.input.stream().noneMatch(Objects::isNull),
        "Input",
        "is not given",
        "name files or folders of texts by --input");
    check(
        o.corpus == null || !input,
        "Input",
        String.valueOf(o.input),
        "give it with --model-in; --corpus trains");
    check(
        o.corpus == null || o.inputFormat == null,
        "Input format",
        o.inputFormat,
        "give it with --model-in; a corpus tells its own");
    check(
        o.corpus == null || o.family == null,
        "Family",
        o.family,
        "give it with --model-in; --corpus trains for every family");
    check(
        o.corpus == null || o.model == null,
        "Model",
        o.model,
        "give it with --model-in; texts of a corpus are scored by corpus --model");
    check(
        o.format == null || o.format.equals("jsonl"),
        "Option --format",
        o.format,
        "detect writes jsonl");
    return new DetectConfig(
        o.nameOr("detect"),
        o.corpus,
        o.modelIn,
        input ? List.copyOf(o.input) : List.of(),
        o.inputFormat(),
        o.textColumn == null ? "text" : o.textColumn,
        o.family,
        o.model,
        o.modelsDirOrDefault(),
        o.failOnBadRow(),
        o.out,
        o.shardRowsOrDefault(),
        o.engine());
  }
}
