package scriptorium.job.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.job.testing.Messages.assertOneLine;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.base.InputException;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.ParquetRowWriter;
import scriptorium.job.row.RowWriter;
import scriptorium.job.row.SampleSchema;

/**
 * Random texts in each format, codec and encoding, under names that are right, wrong or tell
 * nothing: what is read equals what was written, or the file is refused by name. {@code
 * -Dfuzz.rounds=100000} for more.
 */
class FormatFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 3000);
  private static final long SEED = 21;
  private static final Configuration HADOOP = new Configuration();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<InputFormat> FORMATS =
      List.of(
          InputFormat.TEXT,
          InputFormat.JSONL,
          InputFormat.JSON,
          InputFormat.CSV,
          InputFormat.TSV,
          InputFormat.PARQUET);
  private static final List<String> WRONG_ENDINGS =
      List.of("", ".dat", ".txt", ".jsonl", ".json", ".csv", ".parquet", ".gz", ".txt.bz2");
  private static final List<Charset> WIDE =
      List.of("UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE").stream()
          .map(Charset::forName)
          .toList();
  private static final String[] LETTERS = {
    "a",
    "b",
    " ",
    "e",
    "t",
    ".",
    ",",
    "\"",
    "\\",
    "\t",
    "\u00e9",
    "\u0416",
    "\u4e2d",
    "\u2028",
    "\ud83d\ude00",
    "{",
    "]",
    "\u0085",
    "#",
    "'",
    ";"
  };

  @TempDir Path folder;
  private final Random random = new Random(SEED);
  private int read;
  private int refused;

  private List<String> texts(boolean oneLine) {
    List<String> texts = new ArrayList<>();
    int count = random.nextInt(20);
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder("t");
      int length = random.nextInt(30);
      for (int j = 0; j < length; j++) {
        boolean lineEnd = !oneLine && random.nextInt(20) == 0;
        text.append(
            lineEnd
                ? random.nextBoolean() ? "\n" : "\r\n"
                : LETTERS[random.nextInt(LETTERS.length)]);
      }
      texts.add(text.toString());
    }
    return texts;
  }

  private byte[] content(InputFormat format, List<String> texts, String lineEnd)
      throws IOException {
    return switch (format) {
      case TEXT ->
          texts.stream().map(text -> text + lineEnd).collect(Collectors.joining()).getBytes(UTF_8);
      case JSONL ->
          texts.stream()
              .map(text -> object(text) + lineEnd)
              .collect(Collectors.joining())
              .getBytes(UTF_8);
      case JSON ->
          texts.stream()
              .map(FormatFuzzTest::object)
              .collect(Collectors.joining("," + lineEnd, "[" + lineEnd, lineEnd + "]"))
              .getBytes(UTF_8);
      case CSV, TSV -> delimited(format == InputFormat.CSV ? "," : "\t", texts, lineEnd);
      default -> parquet(texts);
    };
  }

  private static String object(String text) {
    try {
      return JSON.writeValueAsString(JSON.createObjectNode().put("n", 1.5).put("text", text));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] delimited(String delimiter, List<String> texts, String lineEnd) {
    StringBuilder content = new StringBuilder("n" + delimiter + "text" + lineEnd);
    for (String text : texts) {
      boolean quotes =
          text.contains(delimiter)
              || text.contains("\"")
              || text.contains("\n")
              || random.nextInt(3) == 0;
      content
          .append("7")
          .append(delimiter)
          .append(quotes ? "\"" + text.replace("\"", "\"\"") + "\"" : text)
          .append(lineEnd);
    }
    return content.toString().getBytes(UTF_8);
  }

  private static byte[] parquet(List<String> texts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RowWriter writer =
        new ParquetRowWriter(bytes, List.of(new SampleSchema.Column("text", "string", "")))) {
      for (String text : texts) {
        writer.write(new Object[] {text});
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void whatIsReadIsWhatWasWritten() throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      InputFormat format = FORMATS.get(random.nextInt(FORMATS.size()));
      List<String> texts = texts(format == InputFormat.TEXT);
      byte[] content = content(format, texts, random.nextBoolean() ? "\n" : "\r\n");
      boolean wide = format.isText() && random.nextInt(6) == 0;
      if (wide) {
        String mark = random.nextBoolean() ? "\ufeff" : "";
        content =
            (mark + new String(content, UTF_8)).getBytes(WIDE.get(random.nextInt(WIDE.size())));
      } else if (format.isText() && random.nextInt(4) == 0) {
        content = ("\ufeff" + new String(content, UTF_8)).getBytes(UTF_8);
      }
      String ending = format.endings().get(random.nextInt(format.endings().size()));
      if (random.nextInt(3) > 0) {
        Packed codec = Packed.values()[random.nextInt(Packed.values().length)];
        content = codec.pack(content);
        ending += codec.ending();
      }
      boolean named = random.nextInt(4) > 0;
      String wrong = WRONG_ENDINGS.get(random.nextInt(WRONG_ENDINGS.size()));
      InputFormat given = random.nextInt(5) == 0 ? format : null;
      String name = "a" + (named ? ending : wrong);
      boolean mustBeRead = named && !wide && !(ending.contains(".") && packedParquet(ending));
      String what = "round " + round + " " + format + " as " + name + " given " + given;
      check(what, name, content, given, mustBeRead, wide ? null : texts);
    }
    assertTrue(read > ROUNDS / 3 && refused > ROUNDS / 10, read + " read, " + refused + " refused");
  }

  private static boolean packedParquet(String ending) {
    return ending.startsWith(".p") && ending.indexOf('.', 1) > 0;
  }

  /**
   * Reads a file.
   *
   * @param texts what was written; null for an encoding of which no row may be read
   */
  private void check(
      String what,
      String name,
      byte[] content,
      InputFormat given,
      boolean mustBeRead,
      List<String> texts)
      throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, content);
    try {
      List<InputRow> rows = rows(file, given);
      read++;
      if (mustBeRead) {
        assertEquals(texts, rows.stream().map(InputRow::text).toList(), what);
      }
      for (int i = 0;
          i < rows.size();
          i++) { // of a name that says something else: errors, or right
        InputRow row = rows.get(i);
        boolean right =
            row.error() != null
                || texts != null
                    && (readAsNamed(name) || i < texts.size() && row.text().equals(texts.get(i)));
        assertTrue(right, what + ": " + row);
      }
    } catch (InputException e) {
      refused++;
      assertOneLine(e.getMessage());
      assertTrue(e.getMessage().contains(name), e.getMessage());
      assertTrue(!mustBeRead, what + ": " + e.getMessage());
    } finally {
      Files.delete(file);
    }
  }

  /** Text of any kind is lines of text where its name says so; CSV in JSON's clothes is not. */
  private static boolean readAsNamed(String name) {
    return name.startsWith("a.txt") || name.startsWith("a.csv");
  }

  /** The rows of a file, read as score reads them. */
  static List<InputRow> rows(Path file, InputFormat given) {
    InputColumns columns = new InputColumns("text", null, null);
    InputFile input =
        InputListing.of(List.of(file.toString()), "out", given, HADOOP).files().getFirst();
    InputTable table = new InputTable(List.of(InputScan.of(input, columns, true, HADOOP)));
    List<InputRow> rows = new ArrayList<>();
    try (InputTable.Rows all = table.rows(0, table.rows(), columns, HADOOP)) {
      all.forEachRemaining(rows::add);
    }
    return rows;
  }
}
