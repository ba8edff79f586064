package scriptorium.job.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.encoders.AgnosticEncoder;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.errors.QueryCompilationErrors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.Function1;
import scala.Option;
import scala.Some;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * GPT-2 as functions of Spark SQL, in every language that Spark has, by configuration alone:
 *
 * <pre>
 * spark-sql --jars scriptorium-job.jar \
 *   --conf spark.sql.extensions=scriptorium.job.sql.ScriptoriumExtensions \
 *   --conf spark.scriptorium.model=/models/124M
 * </pre>
 *
 * <ul>
 *   <li>{@code gpt2_log_likelihood(text)}, double: the {@code log_likelihood} of {@code score};
 *       nats
 *   <li>{@code gpt2_tokens(text)}, array of int: the text's token ids
 *   <li>{@code gpt2_token_count(text)}, int: how many they are
 *   <li>{@code gpt2_generate(prompt, id)}, string: the {@code text} of {@code generate} for the
 *       prompt, drawn from the random stream that the id, a bigint from 0, names
 * </ul>
 *
 * Where an argument is null, so is the result. {@link SqlSettings} has the settings, which are read
 * when a query is analysed, and may be changed by {@code SET}.
 */
public final class ScriptoriumExtensions implements Function1<SparkSessionExtensions, BoxedUnit> {
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    inject(
        extensions,
        "gpt2_log_likelihood",
        "_FUNC_(text) - Returns the sum of ln p of the text's tokens under GPT-2, in nats.",
        DataTypes.DoubleType,
        List.of(Encoders.STRING()),
        settings ->
            new ModelFunction.LogLikelihood(
                settings.engine(), settings.stride(), settings.failOnBadRow()));
    inject(
        extensions,
        "gpt2_tokens",
        "_FUNC_(text) - Returns the ids of the text's tokens.",
        DataTypes.createArrayType(DataTypes.IntegerType, false),
        List.of(Encoders.STRING()),
        settings -> new ModelFunction.Tokens(settings.engine()));
    inject(
        extensions,
        "gpt2_token_count",
        "_FUNC_(text) - Returns the number of the text's tokens.",
        DataTypes.IntegerType,
        List.of(Encoders.STRING()),
        settings -> new ModelFunction.TokenCount(settings.engine()));
    inject(
        extensions,
        "gpt2_generate",
        "_FUNC_(prompt, id) - Returns a sample that goes on from the prompt; the id, a bigint from"
            + " 0, names its random stream.",
        DataTypes.StringType,
        List.of(Encoders.STRING(), Encoders.LONG()),
        settings ->
            new ModelFunction.Generate(
                settings.engine(), settings.sampler(), settings.failOnBadRow()));
    extensions.injectColumnar(session -> new AheadRule());
    return BoxedUnit.UNIT;
  }

  private static void inject(
      SparkSessionExtensions extensions,
      String name,
      String usage,
      DataType result,
      List<Encoder<?>> arguments,
      Function<SqlSettings, ModelFunction> function) {
    ExpressionInfo info =
        new ExpressionInfo(
            ModelFunction.class.getName(),
            null,
            name,
            usage,
            "",
            "",
            "",
            "misc_funcs",
            "4.2.0",
            "",
            "scala_udf");
    Function1<Seq<Expression>, Expression> builder =
        given -> {
          if (given.size() != arguments.size()) {
            throw SqlSettings.unchecked(
                QueryCompilationErrors.wrongNumArgsError(
                    name, seq(List.<Object>of(arguments.size())), given.size(), "", "", ""));
          }
          ModelFunction called = function.apply(SqlSettings.of(SparkSession.active()));
          return new ScalaUDF(
              arguments.size() == 1 ? new ModelCall.OfOne(called) : new ModelCall.OfTwo(called),
              result,
              given,
              encoders(arguments),
              Option.empty(),
              new Some<>(name),
              true,
              true);
        };
    extensions.injectFunction(new Tuple3<>(new FunctionIdentifier(name), info, builder));
  }

  private static Seq<Option<ExpressionEncoder<?>>> encoders(List<Encoder<?>> encoders) {
    List<Option<ExpressionEncoder<?>>> result = new ArrayList<>();
    for (Encoder<?> encoder : encoders) {
      result.add(new Some<>(ExpressionEncoder.apply((AgnosticEncoder<?>) encoder)));
    }
    return seq(result);
  }

  private static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }
}
