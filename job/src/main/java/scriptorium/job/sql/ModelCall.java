package scriptorium.job.sql;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import scala.Function1;
import scala.Function2;
import scriptorium.engine.Engine;
import scriptorium.job.broadcast.ExecutorModel;

/**
 * A function as Spark calls it, row by row. The first call in a task takes the executor's engine,
 * which goes back when the task ends; outside of tasks, where Spark computes constants, each call
 * does. Used by one thread.
 */
abstract class ModelCall implements Serializable {
  private static final long serialVersionUID = 1;

  private final ModelFunction function;
  private transient Engine held;
  private transient TaskContext holder;

  ModelCall(ModelFunction function) {
    this.function = function;
  }

  /** What is called. */
  ModelFunction function() {
    return function;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelCall call && function.equals(call.function);
  }

  @Override
  public int hashCode() {
    return function.hashCode();
  }

  Object value(Object... arguments) {
    for (Object argument : arguments) {
      if (argument == null) {
        return null;
      }
    }
    TaskContext task = TaskContext.get();
    try {
      if (task != null) {
        return function.values(held(task), List.<Object[]>of(arguments)).getFirst();
      }
      Engine here = function.engine().acquire();
      try {
        return function.values(here, List.<Object[]>of(arguments)).getFirst();
      } finally {
        ExecutorModel.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The task was interrupted", e);
    }
  }

  private Engine held(TaskContext task) {
    if (holder != task) {
      held = function.engine().acquire();
      holder = task;
      task.addTaskCompletionListener((TaskCompletionListener) ended -> ExecutorModel.release());
    }
    return held;
  }

  /** A call with one argument. */
  static final class OfOne extends ModelCall implements Function1<Object, Object> {
    private static final long serialVersionUID = 1;

    OfOne(ModelFunction function) {
      super(function);
    }

    @Override
    public Object apply(Object argument) {
      return value(argument);
    }
  }

  /** A call with two arguments. */
  static final class OfTwo extends ModelCall implements Function2<Object, Object, Object> {
    private static final long serialVersionUID = 1;

    OfTwo(ModelFunction function) {
      super(function);
    }

    @Override
    public Object apply(Object first, Object second) {
      return value(first, second);
    }
  }
}
