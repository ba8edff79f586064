package scriptorium.job.broadcast;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SerializableWritable;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * How elements of RDDs and results of tasks travel whatever {@code spark.serializer} is: packed in
 * what every serializer of Spark's hands to Java's serialization.
 */
public final class Parcels {
  private Parcels() {}

  /** A serializable value to be sent, cached or returned. */
  public static <T> SerializableWritable<JavaObject<T>> pack(T value) {
    return new SerializableWritable<>(new JavaObject<>(value));
  }

  /** What was packed. */
  public static <T> T unpack(SerializableWritable<JavaObject<T>> packed) {
    return packed.value().value();
  }

  /** Serializable elements on the executors, in their order. */
  public static <T> JavaRDD<T> distribute(
      JavaSparkContext spark, List<T> elements, int partitions) {
    List<SerializableWritable<JavaObject<T>>> packed = new ArrayList<>();
    elements.forEach(element -> packed.add(pack(element)));
    return spark.parallelize(packed, partitions).map(Parcels::unpack);
  }

  /** All elements on the driver, in their order. */
  public static <T> List<T> collect(JavaRDD<T> elements) {
    List<T> collected = new ArrayList<>();
    elements.map(Parcels::pack).collect().forEach(packed -> collected.add(unpack(packed)));
    return collected;
  }
}
