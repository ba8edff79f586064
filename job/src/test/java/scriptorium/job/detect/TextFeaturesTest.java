package scriptorium.job.detect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.ml.feature.CountVectorizerModel;
import org.apache.spark.ml.feature.IDFModel;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

/** The features are scikit-learn's; job/src/test/python/make_detectors.py writes the reference. */
class TextFeaturesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static Dataset<Row> texts(SparkSession session, List<String> texts) {
    return session.createDataFrame(
        texts.stream().map(RowFactory::create).toList(), new StructType().add("text", "string"));
  }

  @Test
  void featuresAreThoseOfScikitLearn() throws Exception {
    Path resources =
        Path.of(System.getProperty("scriptorium.home"), "job/src/test/resources/detect");
    JsonNode reference = JSON.readTree(resources.resolve("reference.json").toFile());
    Map<String, List<String>> splits = new HashMap<>();
    for (String line : Files.readAllLines(resources.resolve("texts.jsonl"))) {
      JsonNode row = JSON.readTree(line);
      splits
          .computeIfAbsent(row.get("split").asText(), split -> new ArrayList<>())
          .add(row.get("text").asText());
    }
    SparkSession session =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    try {
      List<String> train = splits.get("train");
      TextFeatures features = TextFeatures.of(texts(session, train), train.size());
      assertEquals(reference.get("terms").asInt(), features.terms());
      String[] terms = ((CountVectorizerModel) features.stages().get(3)).vocabulary();
      double[] idf = ((IDFModel) features.stages().get(4)).idf().toArray();
      Map<String, Double> weights = new HashMap<>();
      for (int i = 0; i < terms.length; i++) {
        weights.put(terms[i], idf[i]);
      }
      for (Map.Entry<String, JsonNode> entry : reference.get("idf").properties()) {
        assertEquals(
            entry.getValue().asDouble(), weights.get(entry.getKey()), 1e-12, entry.getKey());
      }
      List<String> chosen = new ArrayList<>();
      reference
          .get("test_rows")
          .forEach(row -> chosen.add(splits.get("test").get(row.get("row").asInt())));
      List<Row> rows =
          features.transform(texts(session, chosen)).select("features").collectAsList();
      for (int r = 0; r < rows.size(); r++) {
        JsonNode expected = reference.get("test_rows").get(r).get("features");
        SparseVector vector = rows.get(r).getAs(0);
        assertEquals(expected.size(), vector.indices().length, chosen.get(r));
        for (int i = 0; i < vector.indices().length; i++) {
          String term = terms[vector.indices()[i]];
          assertEquals(expected.get(term).asDouble(), vector.values()[i], 1e-9, term);
        }
      }
    } finally {
      session.stop();
    }
  }

  /**
   * Spark's lower case is the locale's, and its letters are the JDK's: U+088F is one from 17 on.
   */
  @Test
  void termsFollowNeitherLocaleNorUnicodeOfTheJvm() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.of("tr", "TR"));
    SparkSession session =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    try {
      Dataset<Row> texts = texts(session, Collections.nCopies(5, "THIS\u088Fis \u0130T"));
      String[] terms =
          ((CountVectorizerModel) TextFeatures.of(texts, 5).stages().get(3)).vocabulary();
      assertEquals(List.of("is", "this", "this is"), List.of(terms));
    } finally {
      session.stop();
      Locale.setDefault(before);
    }
  }
}
