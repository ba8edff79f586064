package scriptorium.job.detect;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scriptorium.job.io.ScoreColumn;

/**
 * Detectors that need no training but a threshold: a score under a language model, each by itself
 * (total log-likelihood: Solaiman et al. 2019; rank, log-rank, entropy: Gehrmann et al. 2019 and
 * Mitchell et al. 2023; Fast-DetectGPT: Bao et al. 2024; Binoculars: Hans et al. 2024). And the
 * features of a regression on all of them.
 */
final class ScoreDetectors {
  static final String REGRESSION = "scores_lr";
  static final String FEATURES = "scores";
  private static final String MEAN_LIKELIHOOD = "mean_log_likelihood";
  private static final Set<ScoreColumn> UNUSED =
      Set.of(
          ScoreColumn.LENGTH,
          ScoreColumn.BITS_PER_BYTE,
          ScoreColumn.PERPLEXITY,
          ScoreColumn.MEAN_RANK);

  private ScoreDetectors() {}

  /** The names of the detectors that these columns serve. */
  static List<String> names(List<ScoreColumn> scores) {
    List<String> names = new ArrayList<>();
    for (ScoreColumn score : scores) {
      if (!UNUSED.contains(score)) {
        names.add(score.columnName());
      }
      if (score == ScoreColumn.LOG_LIKELIHOOD && scores.contains(ScoreColumn.LENGTH)) {
        names.add(MEAN_LIKELIHOOD);
      }
    }
    return names;
  }

  /** The rows with a column for each detector. */
  static Dataset<Row> with(Dataset<Row> rows, List<String> names) {
    return names.contains(MEAN_LIKELIHOOD)
        ? rows.withColumn(MEAN_LIKELIHOOD, col("log_likelihood").divide(col("length")))
        : rows;
  }

  /** The pipeline from scores to features of mean 0 and deviation 1, fit on some rows. */
  static PipelineModel fit(Dataset<Row> rows, List<String> names) {
    String[] columns = names.stream().map(name -> "filled_" + name).toArray(String[]::new);
    return new Pipeline(FEATURES)
        .setStages(
            new PipelineStage[] {
              new VectorAssembler("scores-vector").setInputCols(columns).setOutputCol("vector"),
              new StandardScaler("scores-standard")
                  .setInputCol("vector")
                  .setOutputCol(FEATURES)
                  .setWithMean(true)
            })
        .fit(filled(rows, names));
  }

  /** The rows with columns in which a missing score, of a text without tokens, counts as 0. */
  static Dataset<Row> filled(Dataset<Row> rows, List<String> names) {
    Dataset<Row> filled = rows;
    for (String name : names) {
      Column value = coalesce(col(name).cast("double"), lit(0.0));
      filled = filled.withColumn("filled_" + name, value);
    }
    return filled;
  }
}
