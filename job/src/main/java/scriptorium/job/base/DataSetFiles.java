package scriptorium.job.base;

/** Names of the files that stand beside the shards of an output. */
public final class DataSetFiles {
  /** What a data set is and was made of. */
  public static final String MANIFEST = "manifest.json";

  /** The data set card. */
  public static final String CARD = "README.md";

  /** What {@code detect} found. */
  public static final String RESULTS = "results.json";

  private DataSetFiles() {}
}
