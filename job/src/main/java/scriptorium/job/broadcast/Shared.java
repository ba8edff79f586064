package scriptorium.job.broadcast;

import java.io.Serializable;
import org.apache.spark.SerializableWritable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A value that is broadcast to the executors, whatever {@code spark.serializer} is: each JVM reads
 * it once.
 */
public final class Shared<T> implements Serializable {
  private static final long serialVersionUID = 1;

  private final Broadcast<SerializableWritable<JavaObject<T>>> broadcast;

  private Shared(Broadcast<SerializableWritable<JavaObject<T>>> broadcast) {
    this.broadcast = broadcast;
  }

  /** Broadcasts a serializable value. */
  public static <T> Shared<T> of(JavaSparkContext spark, T value) {
    return new Shared<>(spark.broadcast(Parcels.pack(value)));
  }

  /** The value, on the driver and on executors. */
  public T value() {
    return Parcels.unpack(broadcast.value());
  }

  /** Removes the value from the executors, which fetch it again when they need it. */
  public void unpersist() {
    broadcast.unpersist(false);
  }

  /** Removes the value everywhere, for good. */
  public void destroy() {
    broadcast.destroy();
  }
}
