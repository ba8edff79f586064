package scriptorium.job.dataset;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.ToLongFunction;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import scriptorium.engine.Engine;
import scriptorium.job.broadcast.ExecutorModel;

/**
 * What an engine makes of the rows of a partition, in their order. Rows are worked on some at a
 * time, at first few, and the next ones while the last of these are being finished, so that the
 * engine's slots stay filled; what is in memory is bounded in rows and characters. Used by the
 * task's thread; ends with the task, whether all rows were asked for or not.
 *
 * @param <T> a row that comes in
 * @param <R> a row that goes out
 */
public final class RowsAhead<T, R> implements Iterator<R> {
  private static final int FEWEST = 8;
  private static final int MOST = 1024;
  private static final long MOST_CHARACTERS = 4 << 20;
  private static final int IN_WORK = 2;

  private final Iterator<T> rows;
  private final ToLongFunction<T> characters;
  private final EngineSource engines;
  private final Work<T, R> work;
  private final Deque<FutureTask<List<R>>> inWork = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private Iterator<R> done = List.<R>of().iterator();
  private int next = FEWEST;
  private Engine engine;

  /** Gives this JVM's engine, which goes back by {@link ExecutorModel#release}. */
  public interface EngineSource {
    /** The engine, which the caller then holds; blocks while others build it. */
    Engine acquire();
  }

  /** Makes of some rows those that go out. Called by a thread of its own. */
  public interface Work<T, R> {
    /** The rows that go out, in the order in which they do. */
    List<R> run(Engine engine, List<T> rows) throws InterruptedException;
  }

  /**
   * The rows of a partition.
   *
   * @param characters of the texts of a row
   */
  public RowsAhead(
      Iterator<T> rows, ToLongFunction<T> characters, EngineSource engines, Work<T, R> work) {
    this.rows = rows;
    this.characters = characters;
    this.engines = engines;
    this.work = work;
    TaskContext context = TaskContext.get();
    if (context != null) {
      context.addTaskCompletionListener((TaskCompletionListener) ended -> close());
    }
  }

  @Override
  public boolean hasNext() {
    while (!done.hasNext()) {
      while (inWork.size() < IN_WORK && rows.hasNext()) {
        begin(some());
      }
      if (inWork.isEmpty()) {
        release();
        return false;
      }
      done = finished(inWork.removeFirst()).iterator();
    }
    return true;
  }

  @Override
  public R next() {
    if (!hasNext()) {
      throw new NoSuchElementException("The partition has no more rows");
    }
    return done.next();
  }

  private List<T> some() {
    List<T> some = new ArrayList<>();
    long length = 0;
    while (some.size() < next && length < MOST_CHARACTERS && rows.hasNext()) {
      T row = rows.next();
      some.add(row);
      length += characters.applyAsLong(row);
    }
    next = Math.min(2 * next, MOST);
    return some;
  }

  private void begin(List<T> some) {
    if (engine == null) {
      engine = engines.acquire();
    }
    FutureTask<List<R>> task = new FutureTask<>(() -> work.run(engine, some));
    threads.removeIf(thread -> !thread.isAlive());
    threads.add(Thread.ofPlatform().daemon().name("scriptorium-rows").start(task));
    inWork.add(task);
  }

  private List<R> finished(FutureTask<List<R>> task) {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The task was interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error error) {
        throw error; // Spark ends the executor for some
      }
      throw new IllegalStateException(e.getCause().toString(), e.getCause());
    }
  }

  /** Ends what is in work, and waits for that. */
  private void close() {
    boolean interrupted = false;
    for (Thread thread : threads) {
      thread.interrupt();
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    release();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void release() {
    if (engine != null) {
      engine = null;
      ExecutorModel.release();
    }
  }
}
