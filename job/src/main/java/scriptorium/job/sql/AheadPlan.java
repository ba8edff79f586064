package scriptorium.job.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.execution.MapPartitionsExec;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The plan that stands for a projection with calls of our functions: one that packs each row of the
 * input, {@link AheadRows}, which puts the calls' values behind the row's columns, and one that
 * unpacks them.
 */
final class AheadPlan {
  private final ProjectExec project;
  private final List<Attribute> input;
  private final List<AheadRows.Call> calls = new ArrayList<>();
  private final List<Expression> seen = new ArrayList<>();

  AheadPlan(ProjectExec project) {
    this.project = project;
    input = CollectionConverters.asJava(project.child().output());
  }

  SparkPlan plan() {
    List<Expression> bound = new ArrayList<>();
    for (NamedExpression named : CollectionConverters.asJava(project.projectList())) {
      bound.add(taken((Expression) named));
    }
    List<Expression> fields = new ArrayList<>();
    StructType type = new StructType();
    for (int i = 0; i < input.size() + seen.size(); i++) {
      Expression field = i < input.size() ? (Expression) input.get(i) : seen.get(i - input.size());
      boolean nullable = i >= input.size() || field.nullable();
      type = type.add(String.valueOf(i), field.dataType(), nullable);
      if (i < input.size()) {
        fields.add(Literal.create(String.valueOf(i), DataTypes.StringType));
        fields.add(field);
      }
    }
    SparkPlan packed =
        new ProjectExec(
            seq(List.of(named(new CreateNamedStruct(seq(fields)), "row"))), project.child());
    Attribute rows =
        new AttributeReference(
            "row", type, false, Metadata.empty(), NamedExpression.newExprId(), seq(List.of()));
    SparkPlan ahead = new MapPartitionsExec(new AheadRows(calls), rows, packed);
    List<NamedExpression> values = new ArrayList<>();
    for (int i = 0; i < bound.size(); i++) {
      values.add(unpacked(bound.get(i), project.projectList().apply(i), (Expression) rows));
    }
    return new ProjectExec(seq(values), ahead);
  }

  /** An expression of places in the packed row, where the values of calls stand last. */
  private Expression taken(Expression expression) {
    if (expression instanceof AttributeReference attribute) {
      int place = 0;
      while (!input.get(place).exprId().equals(attribute.exprId())) {
        place++;
      }
      return new BoundReference(place, attribute.dataType(), attribute.nullable());
    }
    Expression inner = expression.mapChildren(this::taken);
    ModelCall call = AheadRule.call(inner);
    if (call == null) {
      return inner;
    }
    int place = seen.indexOf(inner);
    if (place < 0) {
      place = seen.size();
      seen.add(inner);
      calls.add(
          new AheadRows.Call(
              call.function(), new ArrayList<>(CollectionConverters.asJava(inner.children()))));
    }
    return new BoundReference(input.size() + place, inner.dataType(), true);
  }

  private static NamedExpression unpacked(
      Expression bound, NamedExpression original, Expression row) {
    Expression value = ofRow(bound, row);
    return value instanceof NamedExpression named
        ? named
        : new Alias(
            value,
            original.name(),
            original.exprId(),
            original.qualifier(),
            Option.apply(original.metadata()),
            seq(List.of()));
  }

  private static Expression ofRow(Expression bound, Expression row) {
    return bound instanceof BoundReference place
        ? new GetStructField(row, place.ordinal(), Option.empty())
        : bound.mapChildren(child -> ofRow(child, row));
  }

  private static NamedExpression named(Expression value, String name) {
    return new Alias(
        value, name, NamedExpression.newExprId(), seq(List.of()), Option.empty(), seq(List.of()));
  }

  private static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }
}
