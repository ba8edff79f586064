package scriptorium.job.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.input.InputFile;
import scriptorium.job.input.InputScan;
import scriptorium.job.input.InputTable;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.ParquetRowWriter;
import scriptorium.job.row.ScoreSchema;
import scriptorium.job.testing.DataSets;

/**
 * Files of random schemas, nested to a depth of three, with random values: what is read is what was
 * written, as JSON and in the Parquet file that is written of it. {@code -Dfuzz.rounds=100000} for
 * more.
 */
class TypeFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 500);
  private static final long SEED = 11;
  private static final int ROWS = 4;
  private static final int DEPTH = 3;

  @TempDir Path folder;

  @Test
  void filesOfRandomSchemas() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      file(SEED + round);
    }
  }

  private void file(long seed) throws Exception {
    String round = "seed " + seed;
    RandomTypes types = new RandomTypes(seed);
    List<RandomTypes.Field> fields = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      fields.add(types.field("c" + i, DEPTH, true));
    }
    MessageType type =
        new MessageType("table", fields.stream().map(RandomTypes.Field::type).toList());
    List<Group> rows = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      Group group = new SimpleGroup(type);
      StringJoiner json = new StringJoiner(",", "{", "}");
      for (int i = 0; i < fields.size(); i++) {
        json.add("\"c" + i + "\":" + types.fill(fields.get(i), group, i));
      }
      rows.add(group);
      expected.add(json.toString());
    }
    Path input = folder.resolve("input.parquet");
    ParquetFiles.write(input, type, rows);
    InputTable table = table(input);
    List<InputRow> read = read(table, 0);
    assertEquals(expected, json(read), round);
    assertEquals(expected.subList(2, ROWS), json(read(table, 2)), round);

    Path output = folder.resolve("output.parquet");
    ScoreSchema schema = new ScoreSchema(List.of(), "model", table.tableColumns());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ParquetRowWriter writer = new ParquetRowWriter(bytes, schema.table())) {
      for (InputRow row : read) {
        writer.write(schema.row(row, null, 0).values());
      }
    }
    Files.write(output, bytes.toByteArray());
    List<Group> written = ParquetFiles.rows(output);
    MessageType there = ParquetFiles.type(output);
    for (Type column : type.getFields()) {
      String name = column.getName();
      assertEquals(StoredType.of(column).type(), there.getType(name), round);
      for (int row = 0; row < ROWS; row++) {
        assertEquals(
            ParquetFiles.value(rows.get(row), name),
            ParquetFiles.value(written.get(row), name),
            round);
      }
    }
  }

  private static InputTable table(Path file) {
    InputFile input = new InputFile(file.toString(), InputFormat.PARQUET, Codec.NONE);
    return new InputTable(List.of(InputScan.of(input, InputColumns.NONE, true, DataSets.HADOOP)));
  }

  private static List<InputRow> read(InputTable table, long from) {
    List<InputRow> all = new ArrayList<>();
    try (InputTable.Rows rows =
        table.rows(from, table.rows(), InputColumns.NONE, DataSets.HADOOP)) {
      rows.forEachRemaining(all::add);
    }
    return all;
  }

  private static List<String> json(List<InputRow> rows) {
    return rows.stream().map(row -> row.columns().toString()).toList();
  }
}
