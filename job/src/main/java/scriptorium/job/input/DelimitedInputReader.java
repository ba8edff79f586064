package scriptorium.job.input;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.InputException;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.text.ByteSource;
import scriptorium.job.input.text.DelimitedRecords;
import scriptorium.job.input.text.JsonRow;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.RowJson;

/** CSV and TSV of both dialects: the first record names the columns, whose values are texts. */
final class DelimitedInputReader extends InputReader {
  private final List<String> header;
  private final DelimitedRecords records;

  DelimitedInputReader(
      InputFile file, InputColumns columns, InputScan.Mark mark, Configuration conf)
      throws IOException {
    super(file, columns, mark);
    DelimitedRecords begin = records(file, InputScan.BEGIN, conf);
    header = header(file, begin);
    if (mark.row() == 0) {
      records = begin;
    } else {
      begin.close();
      records = records(file, mark, conf);
    }
  }

  private static DelimitedRecords records(InputFile file, InputScan.Mark mark, Configuration conf) {
    return new DelimitedRecords(
        new ByteSource(file.contentOrDamage(mark.offset(), conf), mark.offset(), mark.lines()),
        file.format(),
        RowJson.BYTE_LIMIT);
  }

  /**
   * Reads the header alone.
   *
   * @throws InputException if it names no columns, or one twice
   */
  static void checkHeader(InputFile file, Configuration conf) {
    try (DelimitedRecords records = records(file, InputScan.BEGIN, conf)) {
      header(file, records);
    } catch (IOException e) {
      throw file.cannotBeRead(e);
    }
  }

  /** The names of the columns; none of a file without content. */
  private static List<String> header(InputFile file, DelimitedRecords records) {
    if (!records.next()) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    String wrong = records.error() == null ? null : records.error() + records.remedy();
    try {
      for (byte[] cell : records.cells()) {
        String name = JsonRow.text(cell);
        if (wrong == null && hasSingleReturn(name)) {
          wrong = "has \\r without \\n: end lines in \\n or \\r\\n";
        }
        wrong =
            wrong == null && names.contains(name) ? "names the column " + name + " twice" : wrong;
        names.add(name);
      }
    } catch (CharacterCodingException e) {
      wrong = "is no valid UTF-8";
    }
    if (wrong != null) {
      throw new InputException(
          "Input "
              + file.path()
              + ": its header, line "
              + records.line()
              + ", "
              + wrong
              + "; the first line names each column once");
    }
    return names;
  }

  /** The lines of old systems end so: all of the file would be the header. */
  private static boolean hasSingleReturn(String name) {
    return name.replace("\r\n", "").indexOf('\r') >= 0;
  }

  @Override
  ReadRow parse() {
    if (!records.next()) {
      return null;
    }
    String place = "line " + records.line();
    if (records.error() != null) {
      return ReadRow.bad(place, records.error() + records.remedy());
    }
    List<byte[]> cells = records.cells();
    if (cells.size() != header.size()) {
      return ReadRow.bad(
          place,
          "cells: "
              + cells.size()
              + ", of which the header has "
              + header.size()
              + records.remedy());
    }
    ObjectNode columns = JsonNodeFactory.instance.objectNode();
    try {
      for (int i = 0; i < cells.size(); i++) {
        columns.put(header.get(i), JsonRow.text(cells.get(i)));
      }
    } catch (CharacterCodingException e) {
      return ReadRow.bad(place, "no valid UTF-8");
    }
    return ReadRow.good(columns, place);
  }

  @Override
  boolean passOver() {
    return records.next();
  }

  @Override
  InputScan.Mark mark() {
    return file().codec() == Codec.NONE
        ? new InputScan.Mark(rowNumber() - 1, records.start(), records.line() - 1)
        : null;
  }

  @Override
  String failure() {
    return records.failure();
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
