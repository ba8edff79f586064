package scriptorium.job.detect.fit;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.SerializableWritable;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import scriptorium.job.broadcast.JavaObject;
import scriptorium.job.broadcast.Parcels;

/**
 * Batches of rows, on the driver where they are small and in the executors' cache where they are
 * not. Results come in the order of the batches either way, so that a sum over them has the same
 * bits: MLlib's own training adds up partitions in the order in which they finish.
 */
public final class RowBatches implements AutoCloseable {
  /** 200 MiB of entries. */
  public static final long MOST_ON_DRIVER = 1L << 24;

  private final List<SparseRows> here;
  private final JavaRDD<SerializableWritable<JavaObject<SparseRows>>> there;
  private final long[] rows;

  private RowBatches(
      List<SparseRows> here,
      JavaRDD<SerializableWritable<JavaObject<SparseRows>>> there,
      long[] rows) {
    this.here = here;
    this.there = there;
    this.rows = rows;
  }

  /** Batches that are there. */
  public static RowBatches of(List<SparseRows> batches) {
    long[] rows = new long[2];
    batches.forEach(batch -> count(batch, rows));
    return new RowBatches(List.copyOf(batches), null, rows);
  }

  /**
   * One batch a partition.
   *
   * @param labelled rows of the class, true for synthetic, and the features
   */
  public static RowBatches of(Dataset<Row> labelled, long mostOnDriver) {
    JavaRDD<SerializableWritable<JavaObject<SparseRows>>> batches =
        labelled
            .toJavaRDD()
            .mapPartitions(RowBatches::batch)
            .map(Parcels::pack)
            .persist(StorageLevel.MEMORY_AND_DISK());
    long entries = 0;
    long[] rows = new long[2];
    for (long[] size : batches.map(batch -> size(Parcels.unpack(batch))).collect()) {
      rows[0] += size[0];
      rows[1] += size[1];
      entries += size[2];
    }
    if (entries > mostOnDriver) {
      return new RowBatches(null, batches, rows);
    }
    List<SparseRows> collected = Parcels.collect(batches.map(Parcels::unpack));
    batches.unpersist();
    return new RowBatches(collected, null, rows);
  }

  private static long[] size(SparseRows batch) {
    long[] size = new long[3];
    count(batch, size);
    size[2] = batch.values().length;
    return size;
  }

  private static void count(SparseRows batch, long[] rows) {
    for (boolean synthetic : batch.synthetic()) {
      rows[synthetic ? 1 : 0]++;
    }
  }

  private static Iterator<SparseRows> batch(Iterator<Row> rows) {
    List<SparseVector> vectors = new ArrayList<>();
    List<Boolean> classes = new ArrayList<>();
    int entries = 0;
    while (rows.hasNext()) {
      Row row = rows.next();
      SparseVector vector = ((Vector) row.get(1)).toSparse();
      classes.add(row.getBoolean(0));
      vectors.add(vector);
      entries = Math.addExact(entries, vector.indices().length);
    }
    SparseRows batch =
        new SparseRows(
            new boolean[vectors.size()],
            new int[vectors.size() + 1],
            new int[entries],
            new double[entries]);
    int at = 0;
    for (int i = 0; i < vectors.size(); i++) {
      SparseVector vector = vectors.get(i);
      int length = vector.indices().length;
      System.arraycopy(vector.indices(), 0, batch.columns(), at, length);
      System.arraycopy(vector.values(), 0, batch.values(), at, length);
      batch.synthetic()[i] = classes.get(i);
      at += length;
      batch.starts()[i + 1] = at;
    }
    return List.of(batch).iterator();
  }

  /** What is computed of a batch under some weights. */
  interface Work<T> extends Serializable {
    public T of(SparseRows rows, double[] weights);
  }

  /** The results of all batches, in their order. */
  <T> List<T> map(double[] weights, Work<T> work) {
    if (there == null) {
      return here.parallelStream().map(batch -> work.of(batch, weights)).toList();
    }
    Broadcast<double[]> shared =
        JavaSparkContext.fromSparkContext(there.context()).broadcast(weights);
    try {
      return Parcels.collect(there.map(batch -> work.of(Parcels.unpack(batch), shared.value())));
    } finally {
      shared.destroy();
    }
  }

  long human() {
    return rows[0];
  }

  long synthetic() {
    return rows[1];
  }

  @Override
  public void close() {
    if (there != null) {
      there.unpersist();
    }
  }
}
