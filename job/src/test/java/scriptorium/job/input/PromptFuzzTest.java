package scriptorium.job.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static scriptorium.job.testing.Messages.assertOneLine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Mutations;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.job.base.InputException;
import scriptorium.job.base.UserException;
import scriptorium.job.row.PromptSettings;
import scriptorium.job.row.SamplingSetting;

/**
 * Prompts files that somebody damaged, by chance or to do harm: every line is a prompt or an error,
 * or the file is refused in one line. {@code -Dfuzz.rounds=100000} for more.
 */
class PromptFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 3000);
  private static final long SEED = 37;
  private static final Configuration HADOOP = new Configuration();
  private static final byte[] LINES =
      """
      {"text": "caf\u00e9 \\u00e9 \\"", "id": 1, "list": [1, 2.5, null, {"a": true}]}
      {"id": 2, "text": ""}

      {"text": 7}
      """
          .getBytes(StandardCharsets.UTF_8);
  @TempDir Path folder;

  @Test
  void jsonLines() throws Exception {
    Mutations mutations = new Mutations(new Random(SEED));
    fuzz("a.jsonl", LINES, mutations::json);
  }

  @Test
  void textLines() throws Exception {
    Mutations mutations = new Mutations(new Random(SEED));
    fuzz(
        "a.txt",
        "one\n\ntwo\r\n\r\n\nthr\u00e9e\n\n\n".getBytes(StandardCharsets.UTF_8),
        mutations::bytes);
  }

  @Test
  void compressedLines() throws Exception {
    Mutations mutations = new Mutations(new Random(SEED));
    fuzz("a.jsonl.gz", compressed(LINES, 20), mutations::bytes);
  }

  /** Settings of their own: an error, or settings that an engine takes. */
  @Test
  void settingsOfPrompts() throws Exception {
    byte[] good =
        """
        {"text": "a", "temperature": 0.5, "top_k": 4, "top_p": 0.9, "min_p": 0.1, "typical_p": 0.8}
        {"text": "b", "repetition_penalty": 1.2, "no_repeat_ngram": 3, "stop": ["\\n", "."]}
        {"text": "c", "min_new_tokens": 3, "max_new_tokens": 9, "stop": "x"}
        """
            .repeat(2)
            .getBytes(StandardCharsets.UTF_8);
    Mutations mutations = new Mutations(new Random(SEED));
    GenerationConfig general = new GenerationConfig(1, 0, 1, 1, 12, 1, false);
    PromptSettings settings = new PromptSettings(SamplingSetting.columnNames(), general);
    Path file = folder.resolve("own.jsonl");
    int own = 0;
    int errors = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(file, round == 0 ? good : mutations.json(good));
      try {
        PromptTable table = PromptReader.read(file.toString(), "text", settings, HADOOP);
        errors += table.errorCount();
        for (int row = 0; row < table.size(); row++) {
          if (table.isError(row)) {
            assertOneLine(table.text(row));
          }
          own += table.settings(row) == null ? 0 : 1;
        }
      } catch (InputException e) {
        assertOneLine(e.getMessage());
        assertTrue(round > 0, e.getMessage());
      }
    }
    assertTrue(own > ROUNDS / 6 && errors > ROUNDS / 6, own + " own, " + errors + " errors");
  }

  private static byte[] compressed(byte[] piece, int times) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      for (int i = 0; i < times; i++) {
        out.write(piece);
      }
    }
    return bytes.toByteArray();
  }

  private void fuzz(String name, byte[] good, UnaryOperator<byte[]> damage) throws IOException {
    Path file = folder.resolve(name);
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(file, round == 0 ? good : damage.apply(good));
      try {
        PromptTable table = PromptReader.read(file.toString(), "text", HADOOP);
        int errors = 0;
        for (int row = 0; row < table.size(); row++) {
          String text = table.text(row);
          if (table.isError(row)) {
            errors++;
            assertTrue(text.startsWith("line "), text);
            assertOneLine(text);
          }
        }
        assertEquals(errors, table.errorCount());
      } catch (InputException e) {
        assertTrue(round > 0, e.getMessage());
        assertOneLine(e.getMessage());
      } catch (RuntimeException | Error e) {
        Path kept = Files.createTempFile("fuzz-", "-" + name);
        Files.write(kept, Files.readAllBytes(file));
        fail("seed " + SEED + " round " + round + ", kept in " + kept, e);
      }
    }
  }

  private PromptTable read(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, content);
    return PromptReader.read(file.toString(), "text", HADOOP);
  }

  @Test
  void linesThatAreNoPromptAreErrors() throws Exception {
    for (String line :
        new String[] {
          "[".repeat(100_000),
          "{\"text\":" + "[".repeat(100_000),
          "{\"text\":" + "1".repeat(100_000) + "}",
          "{\"text\":1e999}",
          "{\"text\":\"a\"",
          "7",
          "null",
          "\u0000"
        }) {
      PromptTable table =
          read("a.jsonl", (line + "\n{\"text\":\"b\"}\n").getBytes(StandardCharsets.UTF_8));
      assertEquals(2, table.size());
      assertTrue(table.isError(0), table.text(0));
      assertEquals("b", table.text(1));
    }
  }

  @Test
  void emptyFilesHaveNoPromptsAndFoldersAreRefused() throws Exception {
    for (String name : new String[] {"a.jsonl", "a.txt"}) {
      assertEquals(0, read(name, new byte[0]).size());
    }
    refuse("is empty, no gzip data", "a.jsonl.gz", new byte[0]);
    refuse("cannot be read", "a.jsonl.gz", Arrays.copyOf(compressed(LINES, 1), 12));
    refuse("is no gzip data", "a.jsonl.gz", new byte[100]);
    Path place = Files.createDirectory(folder.resolve("folder.jsonl"));
    assertRefused("has no files of a known format", place.toString());
    assertRefused("Path a:b:c has a colon before any slash", "a:b:c");
    for (String name : new String[] {"", "no-such-scheme://x/y.txt", "a\u0000.txt"}) {
      assertRefused("Input " + name.replace('\u0000', '?'), name);
    }
  }

  @Test
  void aSmallFileOfVeryManyLinesOrBytesIsRefused() throws Exception {
    byte[] blank = new byte[1 << 20];
    Arrays.fill(blank, (byte) '\n');
    byte[] lines = compressed(blank, 20);
    byte[] last = compressed(new byte[] {'x'}, 1);
    byte[] file = Arrays.copyOf(lines, lines.length + last.length);
    System.arraycopy(last, 0, file, lines.length, last.length);
    refuse("split the file", "a.txt.gz", file);
    byte[] letters = new byte[1 << 20];
    Arrays.fill(letters, (byte) 'x');
    letters[letters.length - 1] = '\n';
    refuse("split the file", "a.txt.gz", compressed(letters, 300));
    Arrays.fill(letters, (byte) 'x');
    PromptTable table = read("a.txt.gz", compressed(letters, 300));
    assertEquals(1, table.size());
    assertTrue(table.isError(0));
    assertEquals(0, read("a.txt.gz", lines).size());
    assertFalse(read("a.txt.gz", last).isError(0));
  }

  private void refuse(String expected, String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, content);
    assertRefused(expected, file.toString());
  }

  private static void assertRefused(String expected, String file) {
    String message =
        assertThrows(UserException.class, () -> PromptReader.read(file, "text", HADOOP))
            .getMessage();
    assertTrue(message.contains(expected), message);
    assertOneLine(message);
  }
}
