package scriptorium.job.base;

/** An output that no file system has, whatever is run again. */
public final class UnreachableOutputException extends OutputException {
  private static final long serialVersionUID = 1;

  /** An output folder, and why it cannot be reached. */
  public UnreachableOutputException(String root, String reason, Throwable cause) {
    super(
        "Output "
            + root
            + " is on no file system that can be reached ("
            + reason
            + "): give a local folder, or an address such as hdfs://host:port/folder",
        cause);
  }
}
