package scriptorium.job.detect;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.functions;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scriptorium.job.detect.fit.LogisticFit;
import scriptorium.job.detect.fit.RowBatches;

/**
 * The public baseline: a logistic regression of the weighted words and pairs of words. A pipeline
 * of MLlib's own stages, which MLlib alone can load and apply; the probability of synthetic is the
 * second element of its column probability.
 */
record TextDetector(Detector detector, PipelineModel pipeline) {
  private static final int BATCH_ROWS = 4096;
  private static final int MOST_BATCHES = 16;

  /**
   * Trains one.
   *
   * @param rows of the human texts and some families, all splits
   * @param trainRows how many of them are trained on
   * @param tell takes what is told of the progress
   */
  static TextDetector train(Dataset<Row> rows, long trainRows, Consumer<String> tell) {
    Dataset<Row> train = split(rows, "train");
    TextFeatures features = TextFeatures.of(train, trainRows);
    tell.accept(features.terms() + " terms of " + trainRows + " texts");
    try (RowBatches trained = batches(features.transform(train), trainRows);
        RowBatches valid = batches(features.transform(split(rows, "valid")), trainRows)) {
      LogisticFit fit = LogisticFit.choose(trained, valid, features.terms());
      tell.accept("C " + fit.c() + ", accuracy of validation " + fit.validAccuracy());
      Detector detector =
          new Detector(
              Detector.TFIDF,
              Map.of("C", fit.c(), "terms", features.terms()),
              0.5,
              true,
              List.of(),
              0);
      return new TextDetector(detector, pipeline(features, fit.weights()));
    }
  }

  static Dataset<Row> split(Dataset<Row> rows, String name) {
    return rows.filter(col("split").equalTo(name));
  }

  /** Batches that the rows alone decide: by a hash of the id, ascending within. */
  private static RowBatches batches(Dataset<Row> features, long rows) {
    int count = Math.clamp(rows / BATCH_ROWS, 2, MOST_BATCHES);
    Column synthetic = col("label").equalTo(lit("synthetic"));
    return RowBatches.of(
        features
            .select(synthetic.alias("synthetic"), col("features"), col("id"))
            .repartition(count, col("id"))
            .sortWithinPartitions("id"),
        RowBatches.MOST_ON_DRIVER);
  }

  private static PipelineModel pipeline(TextFeatures features, double[] weights) {
    double[] coefficients = java.util.Arrays.copyOf(weights, weights.length - 1);
    LogisticRegressionModel model =
        new LogisticRegressionModel(
            "regression", Vectors.dense(coefficients), weights[coefficients.length]);
    model.setFeaturesCol("features");
    model.setProbabilityCol("probability");
    List<Transformer> stages = new ArrayList<>(features.stages());
    stages.add(model);
    return new PipelineModel(Detector.TFIDF, stages);
  }

  /** The probability of synthetic of each row, by id. */
  Map<Long, Double> probabilities(Dataset<Row> texts) {
    Map<Long, Double> probabilities = new HashMap<>();
    for (Row row :
        withProbability(pipeline, texts, "synthetic_probability")
            .select("id", "synthetic_probability")
            .collectAsList()) {
      probabilities.put(row.getLong(0), row.getDouble(1));
    }
    return probabilities;
  }

  /**
   * The rows with the probability of synthetic in a column of its own, their texts in lower case.
   */
  static Dataset<Row> withProbability(PipelineModel pipeline, Dataset<Row> texts, String column) {
    return pipeline
        .transform(TextFeatures.plain(texts))
        .withColumn(column, functions.vector_to_array(col("probability"), "float64").getItem(1))
        .drop(
            "words",
            "pairs",
            "terms",
            "counts",
            "weighted",
            "features",
            "rawPrediction",
            "probability",
            "prediction");
  }
}
