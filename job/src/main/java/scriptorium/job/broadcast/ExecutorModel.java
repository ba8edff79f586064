package scriptorium.job.broadcast;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.generation.Activity;

/**
 * The models and the one engine of a JVM, keyed by the hashes of the weights and the engine's
 * options. All tasks of an executor share them; they stay for the next task and job, and are
 * replaced when other models or another size are asked for and no task runs. An engine that has
 * failed is closed and opened anew for the next task that asks, also while tasks still hold it: it
 * fails each of them. Thread-safe.
 */
public final class ExecutorModel {
  private static final Map<String, Model> MODELS = new HashMap<>();
  private static final Logger LOG = LogManager.getLogger(ExecutorModel.class);
  private static Engine engine;
  private static EngineKey engineKey;
  private static int users;
  private static volatile Counted counted = new Counted(Activity.NONE, null);

  private ExecutorModel() {}

  /** What engines before this one have done, and this one, null for none. */
  private record Counted(Activity before, Engine engine) {
    Activity activity() {
      return engine == null ? before : before.plus(engine.activity());
    }
  }

  /** What an engine was made of; {@code observer} is null for none. */
  private record EngineKey(String model, String observer, EngineOptions options) {}

  /**
   * Keeps a model that has arrived by broadcast, unless the same one is here already; returns its
   * hash.
   */
  static synchronized String keep(Model arrived) {
    Model here = MODELS.putIfAbsent(arrived.weightsHash(), arrived);
    if (here != null) {
      arrived.close();
    }
    return arrived.weightsHash();
  }

  /**
   * The engine for a task, which gives it back by {@link #release}; models are loaded from their
   * folders where they are not here.
   *
   * @param observer a second model for scores, null for none
   */
  static Engine acquire(BroadcastModel model, BroadcastModel observer, EngineOptions options) {
    HeadStart.end();
    return acquireNow(model, observer, options);
  }

  private static synchronized Engine acquireNow(
      BroadcastModel model, BroadcastModel observer, EngineOptions options) {
    EngineKey key = new EngineKey(model.hash(), observer == null ? null : observer.hash(), options);
    if (!key.equals(engineKey) || !engine.isUsable()) {
      closeEngine();
      closeModelsBut(key);
      engine = new Engine(loaded(model), observer == null ? null : loaded(observer), options);
      engineKey = key;
      counted = new Counted(counted.before(), engine);
      LOG.info(engine.description());
    }
    users++;
    return engine;
  }

  private static Model loaded(BroadcastModel model) {
    return MODELS.computeIfAbsent(
        model.hash(),
        ignored -> {
          if (model.folder() == null) {
            throw new IllegalStateException(
                "The broadcast model has been replaced by another one: run one job at a time");
          }
          try (ModelFolder opened = ModelFolder.open(Path.of(model.folder()))) {
            return Model.load(opened);
          }
        });
  }

  /** What the engines of this JVM have done, and what the one of now holds; waits for nothing. */
  public static Activity activity() {
    return counted.activity();
  }

  /** Ends a task's use of the engine. */
  public static synchronized void release() {
    users--;
  }

  private static void closeModelsBut(EngineKey key) {
    for (Iterator<Map.Entry<String, Model>> it = MODELS.entrySet().iterator(); it.hasNext(); ) {
      Map.Entry<String, Model> entry = it.next();
      if (!entry.getKey().equals(key.model()) && !entry.getKey().equals(key.observer())) {
        entry.getValue().close();
        it.remove();
      }
    }
  }

  private static void closeEngine() {
    if (engine != null) {
      if (!engine.isUsable()) {
        LOG.warn("The engine has failed: it is closed and opened anew");
      } else if (users > 0) {
        throw new IllegalStateException(
            "Another model or engine size is in use in this JVM: run one job at a time");
      }
      counted = new Counted(counted.activity().done(), null);
      engine.close();
      engine = null;
      engineKey = null;
    }
  }
}
