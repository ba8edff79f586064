package scriptorium.job.run;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.job.output.ShardRange;
import scriptorium.job.output.ShardWriter;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.ManifestBuilder;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/** What a {@link ShardedRun} fills its output with. Belongs to the driver; read only. */
public interface ShardWork {
  /** What is done, and the data set's name: "generate small". */
  String title();

  /** The output folder. */
  String out();

  /** Rows of a shard. */
  int shardRows();

  /** The engine's options, as they were given. */
  EngineOptions engine();

  /** The model that makes the rows. */
  ModelFolder model();

  /** A second model that the engines score with, null for none. */
  default ModelFolder observer() {
    return null;
  }

  /**
   * Refuses settings and inputs that cannot be right; needs no Spark session.
   *
   * @throws scriptorium.job.base.UserException in one line
   */
  void check();

  /** What the user has to know of the inputs, in one line, once they have been checked. */
  default Optional<String> warning() {
    return Optional.empty();
  }

  /**
   * Has an engine do some of the kind of work that this is, for nothing: what it takes part in is
   * compiled then.
   */
  void trial(Engine engine) throws InterruptedException;

  /**
   * What decides bytes, as far as it is known before the inputs are read: without inputs and splits
   * where these follow from them.
   */
  ManifestBuilder manifest();

  /** Reads what is still unknown of the inputs. */
  ReadWork read(JavaSparkContext spark);

  /** Files made from all shards. */
  default List<Manifest.Merged> merged(
      OutputStore store, Manifest manifest, List<ShardReceipt> shards) {
    return List.of();
  }

  /** The README.md of the finished data set. */
  String card(Manifest finished);

  /** The work when its inputs have been read. */
  interface ReadWork {
    /** The manifest of a run that has written nothing yet. */
    ManifestBuilder manifest();

    /** What the executors do; what they need is broadcast by this. */
    RangeWork ranges(JavaSparkContext spark);
  }

  /** What an executor does with a range of shards. */
  interface RangeWork extends Serializable {
    /** Writes the shards of the range. */
    List<ShardReceipt> run(ShardRange range, Engine engine, ShardWriter writer, Progress progress)
        throws InterruptedException;
  }

  /** Takes what a task has done so far. */
  interface Progress {
    /** Called for tokens that are done. */
    void tokens(long count);

    /** Called for each row that is done. */
    void row();
  }
}
