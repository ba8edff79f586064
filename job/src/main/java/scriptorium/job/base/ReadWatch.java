package scriptorium.job.base;

import java.io.EOFException;
import java.io.IOException;

/**
 * Remembers what a file system failed at while a library read a file, which may wrap or swallow it:
 * damage of a file becomes error rows, a failure must not, as it is gone at the next attempt. Not
 * thread-safe.
 */
public final class ReadWatch {
  private IOException failure;

  /** A piece of reading. */
  @FunctionalInterface
  public interface Reading<T> {
    /** Reads. */
    T get() throws IOException;
  }

  /** A piece of reading without a result. */
  @FunctionalInterface
  public interface Step {
    /** Reads, or seeks. */
    void run() throws IOException;
  }

  /** Reads; the end of the file where more should be is the file's fault, not a failure. */
  public <T> T get(Reading<T> reading) throws IOException {
    try {
      return reading.get();
    } catch (EOFException e) {
      throw e;
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** The same without a result. */
  public void run(Step step) throws IOException {
    get(
        () -> {
          step.run();
          return null;
        });
  }

  /** What the file system failed at; null for nothing. */
  public IOException failure() {
    return failure;
  }
}
