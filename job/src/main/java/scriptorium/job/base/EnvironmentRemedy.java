package scriptorium.job.base;

/** What to do about failures that the settings of the machine or of Spark are the cause of. */
public final class EnvironmentRemedy {
  private EnvironmentRemedy() {}

  /** One line: what is wrong, and the remedy; null for other failures. */
  public static String of(Throwable failure) {
    boolean ofOutput = false;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      ofOutput |= cause instanceof OutputException; // which says itself what is full
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String remedy = of(String.valueOf(cause.getMessage()), ofOutput);
      if (remedy != null) {
        return remedy;
      }
    }
    return null;
  }

  private static String of(String message, boolean ofOutput) {
    if (message.contains("Too many open files")) {
      return "Too many open files: raise the limit of this process, such as by ulimit -n 4096";
    }
    if (message.contains("Class is not registered: ")) {
      return message
              .substring(message.indexOf("Class is not registered: "))
              .lines()
              .findFirst()
              .get()
          + ", which spark.kryo.registrationRequired refuses: set it to false, or name the class in"
          + " spark.kryo.classesToRegister";
    }
    if (message.contains("failed to map segment from shared object")) {
      return "Folder for temporary files "
          + System.getProperty("java.io.tmpdir")
          + " forbids running code, and libraries are loaded from it: name another by"
          + " JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=FOLDER";
    }
    if (message.contains("No space left on device") && !ofOutput) {
      return "Folder for temporary files is full: make room, or name others by"
          + " SPARK_LOCAL_DIRS=FOLDER and JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=FOLDER";
    }
    if (message.contains("Failed to create a temp directory")
        || message.contains("Failed to create local dir")) {
      return "Folder for temporary files cannot be written: name another by"
          + " SPARK_LOCAL_DIRS=FOLDER and JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=FOLDER";
    }
    return null;
  }
}
