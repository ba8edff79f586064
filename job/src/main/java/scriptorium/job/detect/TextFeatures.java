package scriptorium.job.detect;

import static org.apache.spark.sql.functions.array_distinct;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.udf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.CountVectorizerModel;
import org.apache.spark.ml.feature.IDFModel;
import org.apache.spark.ml.feature.NGram;
import org.apache.spark.ml.feature.Normalizer;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.mllib.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import scriptorium.engine.text.UnicodeTable;
import scriptorium.job.base.UserException;

/**
 * The features of scikit-learn's {@code TfidfVectorizer(ngram_range=(1, 2), min_df=5,
 * max_features=2**21)} as stages of MLlib: words and pairs of words, weighted by (ln((1 + n) / (1 +
 * df)) + 1), rows of length 1. MLlib's own IDF lacks the one; its CountVectorizer leaves the order
 * of terms that are equally frequent to the partitions, here terms are in their own order.
 *
 * @param stages from the column text to the column features
 * @param terms how many
 */
record TextFeatures(List<Transformer> stages, int terms) {
  private static final int LEAST_TEXTS = 5;
  private static final int MOST_TERMS = 1 << 21;

  /** Python's {@code \w} is letters, numbers and the underscore; of these two or more in a row. */
  private static final String WORD = "[\\p{L}\\p{N}_]{2,}";

  private static final UserDefinedFunction PLAIN =
      udf((UDF1<String, String>) TextFeatures::plain, DataTypes.StringType);

  private record Term(String text, long texts) {}

  /**
   * The rows with texts whose words are the same under every JDK and locale: in lower case, and
   * without characters that a later version of Unicode may make letters of. MLlib's stages, which
   * ask the JDK, are given such texts alone.
   */
  static Dataset<Row> plain(Dataset<Row> texts) {
    return texts.withColumn("text", PLAIN.apply(col("text")));
  }

  private static String plain(String text) {
    return text == null ? null : UnicodeTable.lowerCase(UnicodeTable.withoutUnassigned(text));
  }

  /** The stages from a text to its words and pairs. */
  private static List<Transformer> termStages() {
    RegexTokenizer words =
        new RegexTokenizer("words")
            .setInputCol("text")
            .setOutputCol("words")
            .setGaps(false)
            .setPattern(WORD);
    NGram pairs = new NGram("pairs").setN(2).setInputCol("words").setOutputCol("pairs");
    SQLTransformer both =
        new SQLTransformer("both")
            .setStatement("SELECT *, concat(words, pairs) AS terms FROM __THIS__");
    return List.of(words, pairs, both);
  }

  /**
   * Those of some texts.
   *
   * @param texts with the column text
   * @param count how many they are
   */
  static TextFeatures of(Dataset<Row> texts, long count) {
    Dataset<Row> lists =
        new PipelineModel("terms", termStages())
            .transform(plain(texts.select("text")))
            .select("terms");
    List<Term> terms = new ArrayList<>();
    for (Row row :
        lists
            .select(explode(array_distinct(col("terms"))).alias("term"))
            .groupBy("term")
            .count()
            .filter(col("count").geq(LEAST_TEXTS))
            .collectAsList()) {
      terms.add(new Term(row.getString(0), row.getLong(1)));
    }
    if (terms.isEmpty()) {
      throw new UserException(
          "The training texts share no words: give a corpus with more and longer texts");
    }
    terms.sort(Comparator.comparing(Term::text));
    if (terms.size() > MOST_TERMS) {
      terms = mostFrequent(terms, lists);
    }
    return new TextFeatures(stages(terms, count), terms.size());
  }

  /** Of too many terms those with the most occurrences in all texts. */
  private static List<Term> mostFrequent(List<Term> terms, Dataset<Row> lists) {
    Map<String, Long> occurrences = new HashMap<>();
    for (Row row :
        lists
            .select(explode(col("terms")).alias("term"))
            .groupBy("term")
            .count()
            .filter(col("count").geq(LEAST_TEXTS))
            .collectAsList()) {
      occurrences.put(row.getString(0), row.getLong(1));
    }
    return terms.stream()
        .sorted(
            Comparator.comparing((Term term) -> occurrences.get(term.text()))
                .reversed()
                .thenComparing(Term::text))
        .limit(MOST_TERMS)
        .sorted(Comparator.comparing(Term::text))
        .toList();
  }

  private static List<Transformer> stages(List<Term> terms, long texts) {
    List<Transformer> stages = new ArrayList<>(termStages());
    stages.add(
        new CountVectorizerModel("counts", terms.stream().map(Term::text).toArray(String[]::new))
            .setInputCol("terms")
            .setOutputCol("counts"));
    double[] weights = new double[terms.size()];
    long[] inTexts = new long[terms.size()];
    for (int i = 0; i < weights.length; i++) {
      inTexts[i] = terms.get(i).texts();
      weights[i] = StrictMath.log((1.0 + texts) / (1.0 + inTexts[i])) + 1;
    }
    stages.add(
        new IDFModel(
                "weights",
                new org.apache.spark.mllib.feature.IDFModel(Vectors.dense(weights), inTexts, texts))
            .setInputCol("counts")
            .setOutputCol("weighted"));
    stages.add(new Normalizer("features").setP(2).setInputCol("weighted").setOutputCol("features"));
    return stages;
  }

  /** The rows with the column features, and those that lead to it. */
  Dataset<Row> transform(Dataset<Row> texts) {
    return new PipelineModel("features", stages).transform(plain(texts));
  }
}
