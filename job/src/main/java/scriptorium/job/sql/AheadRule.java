package scriptorium.job.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.ConditionalExpression;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.HigherOrderFunction;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.ColumnarRule;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Has the calls of a projection made for many rows at a time, by {@link AheadPlan}, where our
 * functions are called for every row and with one engine. What is called on a condition alone, or
 * in a filter, a join or an aggregate, stays as it is and is called row by row.
 */
final class AheadRule extends ColumnarRule {
  @Override
  public Rule<SparkPlan> preColumnarTransitions() {
    return new Rule<>() {
      @Override
      public SparkPlan apply(SparkPlan plan) {
        return rewritten(plan);
      }
    };
  }

  private static SparkPlan rewritten(SparkPlan plan) {
    SparkPlan node = plan.mapChildren(AheadRule::rewritten);
    return node instanceof ProjectExec project && isFor(project)
        ? new AheadPlan(project).plan()
        : node;
  }

  private static boolean isFor(ProjectExec project) {
    List<ModelFunction> called = new ArrayList<>();
    for (NamedExpression named : CollectionConverters.asJava(project.projectList())) {
      Expression expression = (Expression) named;
      if (!expression.deterministic() || !collect(expression, called)) {
        return false;
      }
    }
    Set<ModelFunction.OnExecutor> engines = new HashSet<>();
    called.forEach(function -> engines.add(function.engine()));
    return engines.size() == 1 && !project.child().output().isEmpty();
  }

  /** Collects the functions called in an expression; false where one is called on a condition. */
  private static boolean collect(Expression expression, List<ModelFunction> called) {
    int before = called.size();
    for (Expression child : CollectionConverters.asJava(expression.children())) {
      if (!collect(child, called)) {
        return false;
      }
    }
    if (called.size() > before
        && (expression instanceof ConditionalExpression
            || expression instanceof And
            || expression instanceof Or
            || expression instanceof HigherOrderFunction)) {
      return false;
    }
    ModelCall call = call(expression);
    if (call != null) {
      called.add(call.function());
    }
    return true;
  }

  /** The Scriptorium function that an expression calls, or null. */
  static ModelCall call(Expression expression) {
    return expression instanceof ScalaUDF udf && udf.function() instanceof ModelCall call
        ? call
        : null;
  }
}
