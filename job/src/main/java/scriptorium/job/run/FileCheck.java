package scriptorium.job.run;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import scriptorium.job.broadcast.Parcels;
import scriptorium.job.output.DatasetCard;
import scriptorium.job.output.ShardChecker;
import scriptorium.job.output.ShardChecker.Defect;
import scriptorium.job.row.RowSchema;
import scriptorium.job.spark.HadoopSettings;
import scriptorium.job.spark.JobNames;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardLedger;
import scriptorium.job.store.ShardReceipt;

/**
 * Holds the files that a manifest names against it, shards on the executors: what {@code verify}
 * tells and {@code --repair} writes again. Changes nothing.
 */
public final class FileCheck {
  private static final int PARTS_A_CORE = 16;

  private final OutputStore store;
  private final Manifest manifest;

  /** A check of the data set in an output. */
  public FileCheck(OutputStore store, Manifest manifest) {
    this.store = store;
    this.manifest = manifest;
  }

  /** The defects of the files, in the order of the manifest. */
  public List<Defect> defects(JavaSparkContext spark) {
    List<Defect> defects = new ArrayList<>();
    List<ShardReceipt> shards = manifest.shards();
    if (!shards.isEmpty()) {
      RecordedRun run = new RecordedRun(manifest);
      Shards work =
          new Shards(
              store.describe(""),
              ((Number) manifest.settings().get("shardRows")).intValue(),
              run.generated() || run.corpus() ? run.firstId() : -1,
              run.schema());
      JobNames.set(spark.sc(), "verify " + manifest.name());
      List<ShardLedger> parts =
          ShardLedger.parts(
              shards, Math.min(shards.size(), PARTS_A_CORE * spark.defaultParallelism()));
      defects.addAll(
          Parcels.collect(
              Parcels.distribute(spark, parts, parts.size())
                  .flatMap(part -> work.check(part).iterator())));
    }
    for (Manifest.Merged file : manifest.merged()) {
      defects.addAll(ShardChecker.checkFile(store, file.file(), file.bytes(), file.sha256()));
    }
    if (!store.exists(DatasetCard.FILE) && manifest.finished()) {
      defects.add(new Defect(DatasetCard.FILE, "missing"));
    }
    return defects;
  }

  /** What runs on the executors; {@code firstId}: that of a split's first row, -1 for no ids. */
  private record Shards(String out, int shardRows, long firstId, RowSchema schema)
      implements Serializable {
    List<Defect> check(ShardLedger shards) {
      Configuration hadoop = HadoopSettings.current();
      OutputStore store = new OutputStore(out, hadoop);
      List<Defect> defects = new ArrayList<>();
      for (ShardReceipt shard : shards) {
        long first = firstId < 0 ? -1 : firstId + (long) shard.index() * shardRows;
        defects.addAll(ShardChecker.check(store, shard, first, schema, hadoop));
      }
      return defects;
    }
  }
}
