package scriptorium.job.broadcast;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import org.apache.hadoop.io.Writable;

/**
 * A value as {@link org.apache.spark.SerializableWritable} takes it, which is the one class of
 * Spark's that its Kryo serializer hands to Java's serialization, registered or not. Kryo itself
 * reads neither records nor lambdas, and under {@code spark.kryo.registrationRequired} no class
 * that the user has not named.
 */
public final class JavaObject<T> implements Writable {
  private T value;

  /** For deserialisation. */
  public JavaObject() {}

  JavaObject(T value) {
    this.value = value;
  }

  T value() {
    return value;
  }

  /** Writes the value to the object stream that SerializableWritable is written to. */
  @Override
  public void write(DataOutput out) throws IOException {
    ((ObjectOutput) out).writeObject(value);
  }

  @Override
  @SuppressWarnings("unchecked") // what was written
  public void readFields(DataInput in) throws IOException {
    try {
      value = (T) ((ObjectInput) in).readObject();
    } catch (ClassNotFoundException e) {
      throw new IOException(e);
    }
  }
}
