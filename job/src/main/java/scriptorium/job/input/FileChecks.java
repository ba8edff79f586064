package scriptorium.job.input;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import scriptorium.job.base.InputException;

/** Opens files, some at once: a store far away takes its time for each. Not thread-safe. */
final class FileChecks implements AutoCloseable {
  private static final int AT_ONCE = 16;

  private final ExecutorService checks =
      Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory());

  /**
   * What a check finds of each file, in their order.
   *
   * @throws InputException what the check of the first bad file throws
   */
  <F, R> List<R> of(List<F> files, Function<F, R> check) {
    List<Future<R>> futures = new ArrayList<>();
    for (F file : files) {
      futures.add(checks.submit(() -> check.apply(file)));
    }
    List<R> results = new ArrayList<>();
    for (Future<R> future : futures) {
      results.add(result(future));
    }
    return results;
  }

  private <R> R result(Future<R> check) {
    try {
      return check.get();
    } catch (ExecutionException e) {
      checks.shutdownNow();
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new IllegalStateException("Checks throw no checked exceptions", e);
    } catch (InterruptedException e) {
      checks.shutdownNow();
      Thread.currentThread().interrupt();
      throw new InputException("Input was not checked to its end: the run was stopped", e);
    }
  }

  @Override
  public void close() {
    checks.close();
  }
}
