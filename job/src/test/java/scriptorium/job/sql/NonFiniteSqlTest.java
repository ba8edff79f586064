package scriptorium.job.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.TestModels;

/** Functions of SQL where a model's logits are not finite: from position 20 on. */
class NonFiniteSqlTest {
  private static SparkSession session;

  @BeforeAll
  static void start() {
    session =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.extensions", ScriptoriumExtensions.class.getName())
            .config("spark.scriptorium.model", TestModels.tinyFolderOverflowingFrom(20).toString())
            .config("spark.scriptorium.maxNewTokens", "6")
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2_log_likelihood(repeat('a ', n))",
        "gpt2_generate(repeat('a ', n), id)",
      })
  void badRowsFailOrAreNull(String call) {
    String query =
        "SELECT " + call + " FROM VALUES (2, 0L), (30, 1L), (3, 2L) AS t(n, id) ORDER BY id";
    Exception e = assertThrows(Exception.class, () -> session.sql(query).collectAsList());
    assertTrue(e.toString().contains("ogits are not finite"), e.toString());
    assertTrue(e.toString().contains("spark.scriptorium.onBadRow null"), e.toString());
    session.sql("SET spark.scriptorium.onBadRow=null");
    List<Row> rows = session.sql(query).collectAsList();
    assertNotNull(rows.get(0).get(0));
    assertNull(rows.get(1).get(0));
    assertNotNull(rows.get(2).get(0));
    session.sql("RESET spark.scriptorium.onBadRow");
  }

  @Test
  void aTemperatureThatOverflowsIsRefusedInOneLine() {
    session.sql("SET spark.scriptorium.temperature=1e-300");
    String message =
        assertThrows(Exception.class, () -> session.sql("SELECT gpt2_generate('a', 1L)"))
            .getMessage();
    session.sql("RESET spark.scriptorium.temperature");
    assertTrue(message.contains("Temperature 1.0E-300 is below"), message);
    assertEquals(1, session.sql("SELECT gpt2_generate('a', 1L)").collectAsList().size());
  }
}
