package scriptorium.job.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.job.testing.Messages.assertOneLine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.base.Console;
import scriptorium.job.base.InputException;
import scriptorium.job.base.Texts;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.RowJson;
import scriptorium.job.testing.PythonEnvironment;

/**
 * Files of random texts that pandas, pyarrow and json write, in many formats, dialects, encodings,
 * codecs and types, under right and wrong names: what is read is what these libraries read, or the
 * file is refused by name. A bad row is told. {@code -Dfuzz.files=100000} for more, {@code
 * -Dfuzz.seed=1} for others.
 */
@Tag("python")
class ForeignFilesIT {
  private static final int FILES = Integer.getInteger("fuzz.files", 10_000);
  private static final int SEED = Integer.getInteger("fuzz.seed", 21);
  private static final int EVERY_PROMPTS = 10;
  private static final int SHOWN = 20;
  private static final Configuration HADOOP = new Configuration();
  private static final String SCRIPT =
      PythonEnvironment.SCRIPTS.resolve("write_inputs.py").toString();

  @TempDir Path folder;
  private final LongAdder read = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder rows = new LongAdder();
  private final LongAdder errorRows = new LongAdder();
  private final LongAdder prompts = new LongAdder();

  /** A line of the manifest: see write_inputs.py. */
  private record Foreign(
      Path path, InputFormat given, boolean plain, String what, List<List<JsonNode>> readings) {
    static Foreign of(Path folder, String line) throws JsonProcessingException {
      JsonNode json = RowJson.MAPPER.readTree(line);
      List<List<JsonNode>> readings = new ArrayList<>();
      for (JsonNode reading : json.get("readings")) {
        readings.add(StreamSupport.stream(reading.spliterator(), false).toList());
      }
      return new Foreign(
          folder.resolve(json.get("file").textValue()),
          InputFormat.of(json.get("given").asText()).orElse(null),
          json.get("plain").booleanValue(),
          json.get("what").textValue(),
          readings);
    }
  }

  @Test
  void whatIsReadIsWhatPythonReads() throws Exception {
    PythonEnvironment.open()
        .run(Map.of(), SCRIPT, String.valueOf(SEED), String.valueOf(FILES), folder.toString());
    List<String> manifest = Files.readAllLines(folder.resolve("manifest.jsonl"));
    assertEquals(FILES, manifest.size());
    SortedMap<Integer, String> wrong = new ConcurrentSkipListMap<>();
    IntStream.range(0, FILES)
        .parallel()
        .forEach(
            number -> {
              String difference = difference(manifest.get(number), number % EVERY_PROMPTS == 0);
              if (difference != null) {
                wrong.put(number, difference);
              }
            });
    String counts =
        "%d files: %d read, %d refused; %d rows, %d of them errors; %d prompts"
            .formatted(
                FILES, read.sum(), refused.sum(), rows.sum(), errorRows.sum(), prompts.sum());
    System.out.println(counts);
    assertTrue(
        wrong.isEmpty(),
        () ->
            wrong.values().stream()
                .limit(SHOWN)
                .collect(
                    Collectors.joining(
                        "\n", wrong.size() + " differences of seed " + SEED + "\n", "")));
    assertTrue(read.sum() > FILES / 2 && refused.sum() > FILES / 50, counts);
  }

  /** What is wrong with how a file is read; null for nothing. */
  private String difference(String line, boolean asPrompts) {
    try {
      Foreign file = Foreign.of(folder, line);
      String wrong = difference(file, asPrompts);
      return wrong == null
          ? null
          : "%s given %s, %s, %s%n    %s"
              .formatted(
                  file.path().getFileName(),
                  file.given(),
                  file.plain() ? "plain" : "odd",
                  file.what(),
                  wrong);
    } catch (Exception | AssertionError e) {
      return line.substring(0, Math.min(300, line.length())) + "\n    " + e;
    }
  }

  private String difference(Foreign file, boolean asPrompts) throws JsonProcessingException {
    List<InputRow> found;
    try {
      found = FormatFuzzTest.rows(file.path(), file.given());
    } catch (InputException e) {
      refused.increment();
      assertOneLine(e.getMessage());
      assertTrue(e.getMessage().contains(file.path().getFileName().toString()), e.getMessage());
      return file.plain() ? "refused: " + e.getMessage() : null;
    }
    read.increment();
    rows.add(found.size());
    errorRows.add(found.stream().filter(row -> row.error() != null).count());
    String nearest = null;
    for (List<JsonNode> reading : file.readings()) {
      String difference = file.plain() ? plain(reading, found) : odd(reading, found);
      if (difference == null) {
        return asPrompts ? prompts(file, found) : null;
      }
      nearest = nearest == null ? difference : nearest;
    }
    boolean nothingRead = !found.isEmpty() && found.stream().allMatch(row -> row.error() != null);
    return nearest == null && !nothingRead ? "no reading, but rows: " + found.size() : nearest;
  }

  /** Every row of a plain file is read; those without a text are errors that keep the columns. */
  private static String plain(List<JsonNode> reading, List<InputRow> found)
      throws JsonProcessingException {
    if (reading.size() != found.size()) {
      String error =
          found.stream().map(InputRow::error).filter(e -> e != null).findFirst().orElse("no error");
      return found.size() + " rows instead of " + reading.size() + ", " + error;
    }
    for (int i = 0; i < reading.size(); i++) {
      JsonNode text = reading.get(i).path("text");
      InputRow row = found.get(i);
      if (text.isTextual() != (row.error() == null)) {
        return "row " + i + ": " + row.error() + " for " + shown(text.toString());
      }
      String expected = canonical(reading.get(i));
      String columns = canonical(row.columns());
      boolean sameText = !text.isTextual() || Texts.wellFormed(text.textValue()).equals(row.text());
      if (!expected.equals(columns) || !sameText) {
        return "row " + i + ": " + apart(columns, expected);
      }
    }
    return null;
  }

  /**
   * Of an odd file rows may be errors; the others come in the order of the reading. Where the next
   * record begins behind one whose quotes are wrong nobody knows, and each library has its guess.
   */
  private static String odd(List<JsonNode> reading, List<InputRow> found)
      throws JsonProcessingException {
    Iterator<JsonNode> expected = reading.iterator();
    boolean errors = false;
    for (int i = 0; i < found.size(); i++) {
      InputRow row = found.get(i);
      errors |= row.error() != null;
      if (row.error() != null && row.error().contains("text behind a quoted cell")) {
        return null;
      }
      if (row.error() == null) {
        String columns = canonical(row.columns());
        boolean there = false;
        while (!there && expected.hasNext()) {
          there = canonical(expected.next()).equals(columns);
        }
        if (!there) {
          String instead = i < reading.size() ? canonical(reading.get(i)) : "no row";
          return "row " + i + ": " + apart(columns, instead);
        }
      }
    }
    return errors || found.size() == reading.size()
        ? null
        : found.size() + " rows instead of " + reading.size();
  }

  /** Prompts are the texts, or errors where rows are; a damaged file has none. */
  private String prompts(Foreign file, List<InputRow> found) {
    PromptTable table;
    try {
      table =
          PromptReader.read(
              file.path().toString(), "text", null, file.given(), HADOOP, Console.SILENT);
    } catch (InputException e) {
      boolean good = found.stream().anyMatch(row -> row.error() == null);
      return file.plain() && good ? "refused as prompts: " + e.getMessage() : null;
    }
    prompts.add(table.size());
    if (table.size() != found.size()) {
      return table.size() + " prompts of " + found.size() + " rows";
    }
    for (int i = 0; i < table.size(); i++) {
      InputRow row = found.get(i);
      boolean text =
          row.error() == null && row.text().equals(row.columns().get("text").textValue());
      if (text == table.isError(i) || text && !row.text().equals(table.text(i))) {
        return "prompt " + i + ": " + shown(table.text(i)) + ", but the row " + row.error();
      }
    }
    return null;
  }

  /** A value as JSON lines have it, with one form for equal numbers. */
  private static String canonical(JsonNode value) throws JsonProcessingException {
    StringBuilder form = new StringBuilder();
    append(RowJson.MAPPER.readTree(RowJson.MAPPER.writeValueAsString(value)), form);
    return form.toString();
  }

  private static void append(JsonNode value, StringBuilder form) {
    switch (value) {
      case ObjectNode object ->
          object
              .properties()
              .forEach(
                  column -> {
                    form.append(form.isEmpty() ? "" : " ").append(column.getKey()).append('=');
                    append(column.getValue(), form.append('{'));
                    form.append('}');
                  });
      case JsonNode array when array.isArray() -> {
        form.append('[');
        array.forEach(element -> append(element, form.append(',')));
        form.append(']');
      }
      case JsonNode number when number.isFloatingPointNumber() ->
          form.append(
              number.isBigDecimal()
                  ? number.decimalValue().stripTrailingZeros() + "f"
                  : number.toString());
      default -> form.append(value);
    }
  }

  private static String apart(String found, String expected) {
    int same = 0;
    while (same < Math.min(found.length(), expected.length())
        && found.charAt(same) == expected.charAt(same)) {
      same++;
    }
    int from = Math.max(0, same - 30);
    return shown(found.substring(from)) + " instead of " + shown(expected.substring(from));
  }

  private static String shown(String value) {
    String cut = value.substring(0, Math.min(160, value.length()));
    return cut.chars()
        .mapToObj(c -> c < ' ' || c > '~' ? "\\u%04x".formatted(c) : String.valueOf((char) c))
        .collect(Collectors.joining());
  }
}
