package scriptorium.job.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import scriptorium.job.row.RowJson;

/** What columns of typed files must be in both outputs of {@code score}. */
public final class TypedRows {
  private TypedRows() {}

  /**
   * Scores a file into both formats.
   *
   * @param columns the JSON of each column's rows, in the order of the file's columns behind text
   */
  public static void assertScored(Path file, Map<String, List<String>> columns, SessionTest test)
      throws IOException {
    Path lines = test.folder.resolve(file.getFileName() + "-lines");
    DataSets.score(
        DataSets.scores(file, lines, "jsonl"), SessionTest.model, null, SessionTest.session);
    assertLines(shard(lines), columns);
    Path table = test.folder.resolve(file.getFileName() + "-table");
    DataSets.score(
        DataSets.scores(file, table, "parquet"), SessionTest.model, null, SessionTest.session);
    assertEquals(List.of(), DataSets.verify(table).execute(SessionTest.session));
    assertTable(DataSets.rows(table), columns);
  }

  private static Path shard(Path out) throws IOException {
    try (Stream<Path> files = Files.walk(out)) {
      return files
          .filter(file -> file.getFileName().toString().equals("part-00000.jsonl"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static void assertLines(Path shard, Map<String, List<String>> columns)
      throws IOException {
    List<String> lines = Files.readAllLines(shard);
    for (int row = 0; row < lines.size(); row++) {
      JsonNode line = RowJson.value(lines.get(row));
      assertEquals("Row " + row, line.path("text").asText());
      assertTrue(line.path("error").isNull(), line::toString);
      for (Map.Entry<String, List<String>> column : columns.entrySet()) {
        String json = column.getValue().get(row);
        assertEquals(json, line.path(column.getKey()).toString(), column.getKey());
        assertTrue(lines.get(row).contains("\"" + column.getKey() + "\":" + json + ","));
      }
    }
    assertEquals(columns.values().iterator().next().size(), lines.size());
  }

  /** By kinds of values: numbers are numbers; others are text, as they are or as their JSON. */
  private static void assertTable(List<ObjectNode> rows, Map<String, List<String>> columns) {
    for (int row = 0; row < rows.size(); row++) {
      for (Map.Entry<String, List<String>> column : columns.entrySet()) {
        JsonNode found = rows.get(row).get(column.getKey());
        String json = column.getValue().get(row);
        boolean same =
            found.toString().equals(json)
                || found.isTextual() && found.textValue().equals(json)
                || found.isNumber() && isNumber(json, found.doubleValue());
        assertTrue(same, column.getKey() + ": " + found + " instead of " + json);
      }
    }
  }

  /** A float is the double of the same value. */
  private static boolean isNumber(String json, double found) {
    String number = json.replace("\"", "");
    return Double.compare(Double.parseDouble(number), found) == 0
        || Double.compare(Float.parseFloat(number), found) == 0;
  }
}
