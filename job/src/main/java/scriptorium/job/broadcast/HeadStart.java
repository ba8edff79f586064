package scriptorium.job.broadcast;

import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineMemory;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;

/**
 * Loads a model while Spark starts, where tasks will run in this JVM, and has it do work that is
 * thrown away until the first task wants its engine: then the weights are there, and the JIT
 * compiler has met the code. One at a time. Whatever fails here fails again in a task, which tells
 * it.
 */
public final class HeadStart {
  private static final Logger LOG = LogManager.getLogger(HeadStart.class);

  /** Longer than a local session takes to start; inputs may be read after that, on all cores. */
  private static final long NANOS = TimeUnit.SECONDS.toNanos(5);

  private static HeadStart begun;

  private final ModelFolder folder;
  private final EngineOptions options;
  private final Work work;
  private final Thread thread;
  private boolean working;
  private volatile boolean ended;

  /** What is done over and over again. */
  @FunctionalInterface
  public interface Work {
    /** Has the engine do a moment's work, or less where the thread is interrupted. */
    void run(Engine engine) throws InterruptedException;
  }

  private HeadStart(ModelFolder folder, EngineOptions options, Work work) {
    this.folder = folder;
    this.options = options;
    this.work = work;
    thread = Thread.ofPlatform().daemon().name("scriptorium-head-start").unstarted(this::run);
  }

  /**
   * Begins to load and to run a model.
   *
   * @param folder stays open until this is closed
   * @param options of the engine that the tasks will ask for; this one takes as little memory as it
   *     can
   */
  public static synchronized HeadStart begin(ModelFolder folder, EngineOptions options, Work work) {
    end();
    begun = new HeadStart(folder, options, work);
    begun.thread.start();
    return begun;
  }

  /** Ends the head start of now, if there is one. */
  static synchronized void end() {
    if (begun != null) {
      begun.close();
      begun = null;
    }
  }

  private void run() {
    try {
      Model model = Model.load(folder);
      try {
        tryOut(model);
      } finally {
        ExecutorModel.keep(model);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.debug("The head start failed, as the first task will", e);
    }
  }

  private void tryOut(Model model) throws InterruptedException {
    if (beginsToWork()) {
      long cache = EngineMemory.leastCacheBytes(model.config(), null, options);
      EngineOptions alone =
          new EngineOptions(1, options.slots(), cache, 0, options.cacheType(), options.kernels());
      try (Engine engine = new Engine(model, alone)) {
        long end = System.nanoTime() + NANOS;
        while (!ended && System.nanoTime() - end < 0) {
          work.run(engine);
        }
      }
    }
  }

  private synchronized boolean beginsToWork() {
    working = !ended;
    return working;
  }

  /** An interrupt while the weights are loaded would close their files. */
  private synchronized void stopWork() {
    ended = true;
    if (working) {
      thread.interrupt();
    }
  }

  /** Ends the work that is thrown away, and waits until the weights are loaded. */
  public void close() {
    stopWork();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
