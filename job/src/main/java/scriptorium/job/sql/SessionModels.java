package scriptorium.job.sql;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.job.broadcast.BroadcastModel;
import scriptorium.job.broadcast.Shared;

/**
 * The broadcasts of a Spark context: one a model's folder, made when it is first asked for. An
 * executor of a cluster holds one model and forgets it for another, so there a model is broadcast
 * anew when it is asked for after another one. Thread-safe.
 */
final class SessionModels {
  private final Map<Path, Sent> sent = new HashMap<>();
  private SparkContext context;

  /** A model that tasks can have. */
  record Sent(Shared<BroadcastModel> model, String name, Gpt2Config config) {}

  /** The model of a folder. */
  synchronized Sent send(SparkContext spark, Path folder) {
    if (context != spark) {
      sent.clear();
      context = spark;
    }
    Path path = folder.toAbsolutePath().normalize();
    if (!sent.containsKey(path)) {
      Sent model = sent(path);
      if (!spark.isLocal()) {
        sent.values().forEach(replaced -> replaced.model().unpersist());
        sent.clear();
      }
      sent.put(path, model);
    }
    return sent.get(path);
  }

  private Sent sent(Path folder) {
    try (ModelFolder model = ModelFolder.open(folder)) {
      return new Sent(BroadcastModel.send(context, model), model.name(), model.config());
    }
  }
}
