package scriptorium.job.spark;

import java.io.Serializable;
import java.util.function.Consumer;
import org.apache.spark.SerializableWritable;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;
import scala.Function2;
import scala.collection.Iterator;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;
import scriptorium.job.broadcast.JavaObject;
import scriptorium.job.broadcast.Parcels;

/** Runs a task an element and hands over each task's result as it comes. */
public final class TaskResults {
  private TaskResults() {}

  /** Scala's function, to be sent to executors. */
  private interface Work<T, R>
      extends Function2<TaskContext, Iterator<T>, SerializableWritable<JavaObject<R>>>,
          Serializable {}

  /** Scala's function, for the driver. */
  private interface Handler<R>
      extends Function2<Object, SerializableWritable<JavaObject<R>>, BoxedUnit>, Serializable {}

  /**
   * Runs all tasks of an RDD that has one element a partition.
   *
   * @param results takes each task's result once, in the order in which they come, one at a time
   */
  public static <T, R> void run(JavaRDD<T> elements, Function<T, R> function, Consumer<R> results) {
    ClassTag<SerializableWritable<JavaObject<R>>> tag = ClassTag$.MODULE$.apply(Object.class);
    Work<T, R> work =
        (context, partition) -> {
          try {
            return Parcels.pack(function.call(partition.next()));
          } catch (RuntimeException e) {
            throw e;
          } catch (Exception e) {
            throw new IllegalStateException(e.toString(), e);
          }
        };
    Handler<R> handler =
        (index, result) -> {
          results.accept(Parcels.unpack(result));
          return BoxedUnit.UNIT;
        };
    elements.rdd().context().runJob(elements.rdd(), work, handler, tag);
  }
}
