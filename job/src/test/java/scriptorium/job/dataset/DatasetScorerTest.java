package scriptorium.job.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import scriptorium.engine.EngineOptions;
import scriptorium.job.base.UserException;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.testing.SessionTest;

/** What the facade refuses when it is made, and not in a task. */
class DatasetScorerTest extends SessionTest {
  private void assertRefused(String expected, List<ScoreColumn> columns, int stride) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    String told =
        assertThrows(
                UserException.class,
                () -> new DatasetScorer(spark, model, columns, stride, EngineOptions.DEFAULT))
            .getMessage();
    assertTrue(told.startsWith(expected), told);
    assertEquals(1, told.lines().count());
  }

  @Test
  void whatNoQueryCouldDoIsRefusedAtOnce() {
    List<ScoreColumn> plain = List.of(ScoreColumn.LOG_LIKELIHOOD);
    int context = model.config().contextLength();
    assertRefused("Stride -1: give one in 0.." + context, plain, -1);
    assertRefused("Stride " + (context + 1) + ": ", plain, context + 1);
    assertRefused("Columns []: give at least one", List.of(), 0);
    assertRefused(
        "Columns [LOG_LIKELIHOOD, LOG_LIKELIHOOD]",
        List.of(ScoreColumn.LOG_LIKELIHOOD, ScoreColumn.LOG_LIKELIHOOD),
        0);
    assertRefused(
        "Column binoculars needs a second model",
        List.of(ScoreColumn.LOG_LIKELIHOOD, ScoreColumn.BINOCULARS),
        0);
  }
}
