package scriptorium.job.sql;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import scriptorium.engine.ModelFolder;
import scriptorium.job.broadcast.BroadcastModel;

/**
 * The broadcasts of a Spark context: one a model's folder, made when it is first asked for. An
 * executor holds one model; when another folder is asked for, the executors are told to forget what
 * came before, and will be sent it again when it is needed. Thread-safe.
 */
final class SessionModels {
  private final Map<Path, Sent> sent = new HashMap<>();
  private SparkContext context;
  private Path last;

  /** A model that tasks can have. */
  record Sent(Broadcast<BroadcastModel> model, String name, int contextLength) {}

  /** The model of a folder. */
  synchronized Sent send(SparkContext spark, Path folder) {
    if (context != spark) {
      sent.clear();
      context = spark;
      last = null;
    }
    Path path = folder.toAbsolutePath().normalize();
    Sent model = sent.computeIfAbsent(path, ignored -> send(path));
    if (last != null && !last.equals(path)) {
      sent.get(last).model().unpersist(false);
    }
    last = path;
    return model;
  }

  private Sent send(Path folder) {
    try (ModelFolder model = ModelFolder.open(folder)) {
      return new Sent(
          BroadcastModel.send(context, model), model.name(), model.config().contextLength());
    }
  }
}
