package scriptorium.job.input;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputColumns;
import scriptorium.job.testing.SessionTest;

/** CSV that Spark writes gives the texts that Spark reads from it. */
class SparkCsvTest extends SessionTest {
  private static final long SEED = 41;
  private static final int ROWS = 2000;
  private static final StructType TABLE =
      new StructType().add("id", "string").add("text", "string").add("last", "string");
  private static final String[] LETTERS = {
    "a", "\"", "\\", ",", "\n", "\t", " ", "'", "#", ";", "\u00e9", "\ud83d\ude00", "\"\"", "\\\""
  };

  private final Random random = new Random(SEED);

  /** Spark cuts spaces at the ends of texts that it writes. */
  private String text() {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(12);
    for (int i = 0; i < length; i++) {
      text.append(LETTERS[random.nextInt(LETTERS.length)]);
    }
    return text.toString().strip();
  }

  /** Two parts, in the second of which nothing shows a dialect. */
  private Dataset<Row> table() {
    List<Row> rows = new ArrayList<>();
    rows.add(RowFactory.create("0", "He said \"hi\", then", "C:\\"));
    rows.add(RowFactory.create("1", "a, b\\", "\\"));
    rows.add(RowFactory.create("2", "two\nlines\\", "\"\\\""));
    rows.add(RowFactory.create("3", "", null));
    for (int i = 4; i < ROWS; i++) {
      boolean first = i < ROWS / 2;
      rows.add(
          RowFactory.create(
              "" + i, first ? text() : "C:\\dir\\, or \\\\" + i, first ? text() : "b\\"));
    }
    return session
        .createDataFrame(rows, TABLE)
        .repartitionByRange(2, functions.col("id").cast("int"));
  }

  private static Map<String, List<String>> read(InputListing listing) {
    InputColumns columns = new InputColumns("text", null, null);
    Map<String, List<String>> rows = new HashMap<>();
    for (InputFile file : listing.files()) {
      InputTable table = new InputTable(List.of(InputScan.of(file, columns, true, HADOOP)));
      try (InputTable.Rows read = table.rows(0, table.rows(), columns, HADOOP)) {
        read.forEachRemaining(
            row ->
                rows.put(
                    row.columns().path("id").asText(),
                    List.of(row.text(), row.columns().path("last").asText())));
      }
    }
    return rows;
  }

  private static Map<String, List<String>> rows(Dataset<Row> table) {
    return table.collectAsList().stream()
        .collect(
            Collectors.toMap(row -> row.getString(0), row -> List.of(cell(row, 1), cell(row, 2))));
  }

  /** Spark writes nothing for null, which is an empty text here. */
  private static String cell(Row row, int column) {
    return row.isNullAt(column) ? "" : row.getString(column);
  }

  private void assertSame(Map<String, String> options, InputFormat given, InputFormat expected) {
    Dataset<Row> table = table();
    String path = folder.resolve("out" + options.hashCode()).toString();
    table.write().option("header", true).options(options).csv(path);
    InputListing listing = InputListing.of(List.of(path), "none", given, HADOOP);
    assertEquals(2, listing.files().size());
    assertEquals(
        Set.of(expected),
        listing.files().stream().map(InputFile::format).collect(Collectors.toSet()));
    Map<String, List<String>> ours = read(listing);
    Map<String, List<String>> sparks =
        rows(
            session
                .read()
                .schema(TABLE)
                .option("header", true)
                .option("multiLine", true)
                .options(options)
                .csv(path));
    assertEquals(ROWS, ours.size());
    sparks.forEach((id, texts) -> assertEquals(texts, ours.get(id), id));
    rows(table).forEach((id, texts) -> assertEquals(texts, ours.get(id), id));
  }

  @Test
  void bySparksDefaults() {
    assertSame(Map.of(), null, InputFormat.SPARK_CSV);
  }

  @Test
  void withDoubledQuotes() {
    assertSame(Map.of("escape", "\""), null, InputFormat.CSV);
  }

  @Test
  void compressed() {
    assertSame(Map.of("compression", "gzip", "quoteAll", "true"), null, InputFormat.SPARK_CSV);
  }

  @Test
  void withTabs() {
    assertSame(Map.of("sep", "\t"), InputFormat.SPARK_TSV, InputFormat.SPARK_TSV);
    assertSame(Map.of("sep", "\t", "escape", "\""), InputFormat.TSV, InputFormat.TSV);
  }
}
