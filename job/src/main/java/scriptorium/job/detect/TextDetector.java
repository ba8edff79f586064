package scriptorium.job.detect;

import static org.apache.spark.sql.functions.array_distinct;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.CountVectorizerModel;
import org.apache.spark.ml.feature.ElementwiseProduct;
import org.apache.spark.ml.feature.NGram;
import org.apache.spark.ml.feature.Normalizer;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scriptorium.job.UserException;

/**
 * The features of the baseline that came with the released data set: TF-IDF of words and pairs of
 * words, as scikit-learn's TfidfVectorizer(ngram_range=(1, 2), min_df=5, max_features=2**21) has
 * them: words are runs of two or more word characters in lower case, inverse document frequencies
 * ln((1 + n) / (1 + df)) + 1, rows of length 1.
 */
final class TextDetector {
  static final String NAME = "tfidf_lr";
  static final String FEATURES = "tfidf";
  static final int MOST_FEATURES = 1 << 21;
  static final int LEAST_DOCUMENTS = 5;

  private TextDetector() {}

  /**
   * The pipeline from texts to features, fit on some texts.
   *
   * @throws UserException where no term is in five texts
   */
  static PipelineModel fit(Dataset<Row> texts) {
    List<PipelineStage> stages = new ArrayList<>(terms());
    Dataset<Row> terms =
        new Pipeline().setStages(stages.toArray(PipelineStage[]::new)).fit(texts).transform(texts);
    long documents = texts.count();
    List<Row> vocabulary =
        terms
            .select(explode(array_distinct(col("terms"))).as("term"))
            .groupBy("term")
            .count()
            .filter(col("count").geq(LEAST_DOCUMENTS))
            .orderBy(col("count").desc(), col("term"))
            .limit(MOST_FEATURES)
            .collectAsList();
    if (vocabulary.isEmpty()) {
      throw new UserException(
          "Corpus of "
              + documents
              + " texts has no word that is in "
              + LEAST_DOCUMENTS
              + " of them: give more texts");
    }
    String[] words = new String[vocabulary.size()];
    double[] weights = new double[words.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = vocabulary.get(i).getString(0);
      weights[i] = StrictMath.log((1.0 + documents) / (1 + vocabulary.get(i).getLong(1))) + 1;
    }
    stages.add(
        new CountVectorizerModel("tfidf-count", words).setInputCol("terms").setOutputCol("counts"));
    stages.add(
        new ElementwiseProduct("tfidf-weight")
            .setScalingVec(Vectors.dense(weights))
            .setInputCol("counts")
            .setOutputCol("weighted"));
    stages.add(
        new Normalizer("tfidf-length").setP(2).setInputCol("weighted").setOutputCol(FEATURES));
    return new Pipeline("tfidf")
        .setStages(stages.toArray(PipelineStage[]::new))
        .fit(texts.limit(0)); // all stages are fit already
  }

  private static List<PipelineStage> terms() {
    return Arrays.asList(
        new RegexTokenizer("tfidf-words")
            .setPattern("(?U)\\b\\w\\w+\\b")
            .setGaps(false)
            .setToLowercase(true)
            .setInputCol("text")
            .setOutputCol("words"),
        new NGram("tfidf-pairs").setN(2).setInputCol("words").setOutputCol("pairs"),
        new SQLTransformer("tfidf_terms")
            .setStatement("SELECT *, concat(words, pairs) AS terms FROM __THIS__"));
  }
}
