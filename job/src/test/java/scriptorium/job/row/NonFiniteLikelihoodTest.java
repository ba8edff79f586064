package scriptorium.job.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Likelihoods that are NaN or infinite, which no row has that verify confirms. */
class NonFiniteLikelihoodTest {
  private final RowSchema schema =
      RowSchema.corpus(
          List.of(
              new SampleSchema.Column("log_likelihood", "double", "x"),
              new SampleSchema.Column("score", "double", "x")),
          List.of("log_likelihood"));

  private static ObjectNode row(double likelihood, double score) {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    return row.put("log_likelihood", likelihood).put("score", score);
  }

  @Test
  void theRowIsWrongWithItsCause() {
    assertNull(schema.wrong(row(-3, Double.NaN)));
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      String told =
          "has "
              + bad
              + " in the column log_likelihood, which is no likelihood: its model or settings"
              + " overflowed";
      assertEquals(told, schema.wrong(row(bad, 1)));
      assertEquals(told, schema.wrong(row(1, 1).put("log_likelihood", "" + bad)));
    }
  }
}
