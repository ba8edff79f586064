package scriptorium.job.sql;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Function1;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scriptorium.engine.Engine;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.dataset.RowsAhead;

/**
 * From the rows of a partition to these rows with the values of calls behind their columns. Each
 * call is made for some hundreds of rows, one call after the other, as its arguments may be values
 * of earlier ones.
 */
record AheadRows(List<Call> calls)
    implements Function1<Iterator<Object>, Iterator<Object>>, Serializable {
  private static final int SIZE_UNKNOWN = 64;

  /** A call, whose arguments are bound to the input's columns and the values of earlier calls. */
  record Call(ModelFunction function, List<Expression> arguments) implements Serializable {
    /** Arguments for a row; null where one of them is. */
    private Object[] arguments(InternalRow row) {
      Object[] given = new Object[arguments.size()];
      for (int i = 0; i < given.length; i++) {
        Object value = arguments.get(i).eval(row);
        if (value == null) {
          return null;
        }
        given[i] = value instanceof UTF8String text ? text.toString() : value;
      }
      return given;
    }
  }

  @Override
  public Iterator<Object> apply(Iterator<Object> rows) {
    return CollectionConverters.asScala(
        new RowsAhead<InternalRow, Object>(
            new MappedIterator<>(
                CollectionConverters.asJava(rows), row -> ((InternalRow) row).copy()),
            row -> row instanceof UnsafeRow unsafe ? unsafe.getSizeInBytes() : SIZE_UNKNOWN,
            calls.getFirst().function().engine()::acquire,
            this::called));
  }

  /** The rows with the values of all calls behind their columns. */
  private List<Object> called(Engine engine, List<InternalRow> rows) throws InterruptedException {
    List<InternalRow> joined = new ArrayList<>();
    for (InternalRow row : rows) {
      joined.add(new JoinedRow(row, new GenericInternalRow(new Object[calls.size()])));
    }
    for (int i = 0; i < calls.size(); i++) {
      call(engine, calls.get(i), joined, rows.isEmpty() ? 0 : rows.getFirst().numFields() + i);
    }
    return Arrays.asList(joined.toArray());
  }

  private static void call(Engine engine, Call call, List<InternalRow> rows, int column)
      throws InterruptedException {
    List<Object[]> arguments = new ArrayList<>();
    List<InternalRow> called = new ArrayList<>();
    for (InternalRow row : rows) {
      Object[] given = call.arguments(row);
      if (given != null) {
        arguments.add(given);
        called.add(row);
      }
    }
    List<Object> values = call.function().values(engine, arguments);
    for (int i = 0; i < values.size(); i++) {
      called.get(i).update(column, ofSpark(values.get(i)));
    }
  }

  private static Object ofSpark(Object value) {
    return switch (value) {
      case String text -> UTF8String.fromString(text);
      case int[] ids -> new GenericArrayData(ids);
      case null, default -> value;
    };
  }
}
