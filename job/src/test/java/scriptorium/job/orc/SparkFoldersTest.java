package scriptorium.job.orc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.functions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;

/** Output folders of Spark in ORC, of each of its codecs. */
class SparkFoldersTest extends SessionTest {
  @ParameterizedTest
  @ValueSource(strings = {"none", "zlib", "snappy", "zstd", "lz4", "lzo"})
  void areScored(String codec) throws Exception {
    Path written = folder.resolve("texts");
    session
        .range(0, 12, 1, 2)
        .withColumn("text", functions.format_string("Text %02d", functions.col("id")))
        .withColumn("half", functions.expr("id % 2"))
        .write()
        .option("compression", codec)
        .partitionBy("half")
        .orc(written.toString());
    Path out = folder.resolve("out");
    DataSets.score(DataSets.scores(written, out, "parquet"), model, null, session);
    assertEquals(List.of(), DataSets.verify(out).execute(session));
    List<String> expected =
        IntStream.range(0, 12)
            .mapToObj(id -> "Text %02d of half %d, id %d".formatted(id, id % 2, id))
            .toList();
    assertEquals(
        expected,
        DataSets.rows(out).stream()
            .map(
                row ->
                    row.path("text").asText()
                        + " of half "
                        + row.path("half").asText()
                        + ", id "
                        + row.path("id"))
            .sorted(Comparator.naturalOrder())
            .toList());
  }
}
