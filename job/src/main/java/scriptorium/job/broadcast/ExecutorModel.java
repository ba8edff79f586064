package scriptorium.job.broadcast;

import java.nio.file.Path;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;

/**
 * The one model and the one engine of a JVM, keyed by the hash of the weights and the engine's
 * options. All tasks of an executor share them; they stay for the next task and job, and are
 * replaced when another model or size is asked for and no task runs. Thread-safe.
 */
public final class ExecutorModel {
  private static Model model;
  private static Engine engine;
  private static EngineOptions engineOptions;
  private static int users;

  private ExecutorModel() {}

  /**
   * Keeps a model that has arrived by broadcast, unless the same one is here already; returns its
   * hash.
   */
  static synchronized String keep(Model arrived) {
    if (model != null && model.weightsHash().equals(arrived.weightsHash())) {
      arrived.close();
    } else {
      replace(arrived);
    }
    return model.weightsHash();
  }

  /**
   * The engine for a task, which gives it back by {@link #release}; the model is loaded from its
   * folder where it is not here.
   */
  static synchronized Engine acquire(String hash, String folder, EngineOptions options) {
    if (model == null || !model.weightsHash().equals(hash)) {
      if (folder == null) {
        throw new IllegalStateException(
            "The broadcast model has been replaced by another one: run one model an application");
      }
      try (ModelFolder opened = ModelFolder.open(Path.of(folder))) {
        replace(Model.load(opened));
      }
    }
    if (engine == null || !options.equals(engineOptions)) {
      closeEngine();
      engine = new Engine(model, options);
      engineOptions = options;
      System.err.println("scriptorium: " + engine.description());
    }
    users++;
    return engine;
  }

  /** Ends a task's use of the engine. */
  public static synchronized void release() {
    users--;
  }

  private static void replace(Model next) {
    closeEngine();
    if (model != null) {
      model.close();
    }
    model = next;
  }

  private static void closeEngine() {
    if (engine != null) {
      if (users > 0) {
        throw new IllegalStateException(
            "Another model or engine size is in use in this JVM: run one job at a time");
      }
      engine.close();
      engine = null;
    }
  }
}
