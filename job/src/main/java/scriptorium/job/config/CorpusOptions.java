package scriptorium.job.config;

import java.util.List;
import picocli.CommandLine.Option;

/**
 * The options of {@code corpus}, null if not given. A preset has the same names in camelCase.
 * {@link CorpusConfig} has their defaults and checks.
 */
public final class CorpusOptions extends RunOptions {
  @Option(
      names = "--human",
      arity = "1..*",
      paramLabel = "PATH",
      description =
          "files or folders of human text, in the formats of job/docs/inputs.md; or data sets of score")
  public List<String> human;

  @Option(
      names = "--synthetic",
      arity = "1..*",
      paramLabel = "DIR",
      description =
          "data sets of generate, or of score over one; or files named as the released ones,"
              + " small-117M-k40.train.jsonl")
  public List<String> synthetic;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      description = "column of the text (default: text)")
  public String textColumn;

  @Option(
      names = "--group-column",
      paramLabel = "NAME",
      description =
          "column whose values stay in one split, such as a book or an author; rows with a prompt stay with that prompt's")
  public String groupColumn;

  @Option(
      names = "--split",
      paramLabel = "NAME=SHARE,...",
      description = "splits and their shares (default: train=0.8,valid=0.1,test=0.1)")
  public String split;

  @Option(names = "--seed", paramLabel = "S", description = "of order and choice (default: 0)")
  public Long seed;

  @Option(
      names = "--near-duplicates",
      paramLabel = "J",
      description =
          "texts whose sets of five words in a row have a Jaccard similarity of at least J are duplicates; 1 for equal texts"
              + " alone (default: 0.8)")
  public Double nearDuplicates;

  @Option(
      names = "--match-lengths",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "take as many texts of each length (in steps of a quarter octave of characters) from every side (default: false)")
  public Boolean matchLengths;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "rows of each side in all splits together, at most (default: what there is)")
  public Long rows;

  @Option(
      names = "--released",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "also write the released layout, released/webtext.train.jsonl and so on, which the public detectors read"
              + " (default: false)")
  public Boolean released;

  /** The options that are given here, and the fallback's for the others. */
  public CorpusOptions or(CorpusOptions fallback) {
    return merge(this, fallback, new CorpusOptions());
  }
}
