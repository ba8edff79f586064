package scriptorium.job.parquet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import scriptorium.job.testing.DataSets;

/** Parquet files written and read by parquet-java's own example classes. */
final class ParquetFiles {
  private ParquetFiles() {}

  static void write(Path file, MessageType type, List<Group> rows) throws IOException {
    write(file, type, rows, Map.of());
  }

  static void write(Path file, MessageType type, List<Group> rows, Map<String, String> footer)
      throws IOException {
    Files.deleteIfExists(file);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withType(type)
            .withConf(DataSets.HADOOP)
            .withExtraMetaData(footer)
            .build()) {
      for (Group row : rows) {
        writer.write(row);
      }
    }
  }

  /** Leaves the types of columns in the words of old writers alone, which knew ConvertedType. */
  static void age(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int end = bytes.length - 8 - buffer.getInt(bytes.length - 8);
    FileMetaData footer =
        Util.readFileMetaData(new ByteArrayInputStream(bytes, end, bytes.length - end));
    footer.getSchema().forEach(element -> element.unsetLogicalType());
    ByteArrayOutputStream aged = new ByteArrayOutputStream();
    aged.write(bytes, 0, end);
    Util.writeFileMetaData(footer, aged);
    byte[] length = new byte[4];
    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).putInt(aged.size() - end);
    aged.write(length);
    aged.write(bytes, bytes.length - 4, 4);
    Files.write(file, aged.toByteArray());
  }

  static MessageType type(Path file) throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            HadoopInputFile.fromPath(
                new org.apache.hadoop.fs.Path(file.toUri()), DataSets.HADOOP))) {
      return reader.getFileMetaData().getSchema();
    }
  }

  static List<Group> rows(Path file) throws IOException {
    List<Group> rows = new ArrayList<>();
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), new org.apache.hadoop.fs.Path(file.toUri()))
            .withConf(DataSets.HADOOP)
            .build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        rows.add(row);
      }
    }
    return rows;
  }

  /** All values of a column of a row, bytes and bits as they are stored. */
  static String value(Group row, String column) {
    Type type = row.getType().getType(column);
    Group alone = new SimpleGroup(new MessageType("one", type));
    StoredField.of(row, column).copyTo(alone, 0);
    return alone.toString();
  }

  /** The shards of a data set. */
  static List<Path> shards(Path out) throws IOException {
    try (Stream<Path> files = Files.walk(out)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("part-"))
          .sorted()
          .toList();
    }
  }
}
