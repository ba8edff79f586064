package scriptorium.job.detect;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.functions;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Logistic regression whose C, as scikit-learn calls the weight of the loss, is chosen by the
 * accuracy on the validation split, from the powers of two that the released baseline tries. Both
 * classes weigh the same.
 */
final class Regression {
  private static final int LEAST_EXPONENT = -6;
  private static final int MOST_EXPONENT = 6;
  private static final int PATIENCE = 2;
  private static final int MOST_STEPS = 500;

  private Regression() {}

  /** A fit model, and its C. */
  record Fit(LogisticRegressionModel model, double c) {}

  /**
   * Tries C from small to large, and ends where two larger ones are no better.
   *
   * @param train with features and label, where the model is fit
   * @param valid where it is chosen
   */
  static Fit fit(Dataset<Row> train, Dataset<Row> valid, String features) {
    long synthetic = train.filter(col("label").equalTo(1)).count();
    long human = train.count() - synthetic;
    Dataset<Row> weighted =
        train.withColumn(
            "weight",
            when(col("label").equalTo(1), lit((human + synthetic) / (2.0 * synthetic)))
                .otherwise(lit((human + synthetic) / (2.0 * human))));
    Fit best = null;
    double bestAccuracy = -1;
    int worse = 0;
    for (int exponent = LEAST_EXPONENT; exponent <= MOST_EXPONENT && worse < PATIENCE; exponent++) {
      double c = Math.scalb(1.0, exponent);
      LogisticRegressionModel model =
          new LogisticRegression(features + "-regression")
              .setFeaturesCol(features)
              .setLabelCol("label")
              .setWeightCol("weight")
              .setProbabilityCol(features + "_probability")
              .setRawPredictionCol(features + "_raw")
              .setPredictionCol(features + "_prediction")
              .setStandardization(false)
              .setElasticNetParam(0)
              .setRegParam(1 / (c * (human + synthetic)))
              .setTol(1e-5)
              .setMaxIter(MOST_STEPS)
              .fit(weighted);
      double accuracy = Metrics.of("valid", scored(model, valid, features), 0.5).accuracy();
      if (accuracy > bestAccuracy) {
        best = new Fit(model, c);
        bestAccuracy = accuracy;
        worse = 0;
      } else {
        worse++;
      }
    }
    return best;
  }

  /** The probability of synthetic for each row, in the order of the rows. */
  static List<Metrics.Scored> scored(
      LogisticRegressionModel model, Dataset<Row> rows, String features) {
    List<Metrics.Scored> scored = new ArrayList<>();
    for (Row row :
        model.transform(rows).select(probability(features), col("label")).collectAsList()) {
      scored.add(new Metrics.Scored(row.getDouble(0), row.getDouble(1) == 1));
    }
    return scored;
  }

  /** The probability of synthetic as a number. */
  static org.apache.spark.sql.Column probability(String features) {
    return functions.vector_to_array(col(features + "_probability"), "float64").getItem(1);
  }
}
