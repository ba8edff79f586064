package scriptorium.job.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import scriptorium.engine.text.OneLine;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.Sha256;
import scriptorium.job.base.Texts;
import scriptorium.job.base.UserPath;
import scriptorium.job.row.PromptSettings;
import scriptorium.job.row.RowJson;

/**
 * Reads prompts: JSON lines with a text column where the name ends in .jsonl or .json, else one
 * prompt a line; either with .gz behind. A line that cannot be read becomes an error with its
 * number; blank lines at the end are no rows.
 */
public final class PromptReader {
  private static final int LINE_LIMIT = 16 << 20;

  /** Bytes of all texts: they are held, copied and broadcast, which takes some times as many. */
  private static final long TEXT_LIMIT = Math.min(1 << 30, Runtime.getRuntime().maxMemory() / 8);

  /** What a row takes beside its text. */
  private static final int ROW_BYTES = 16;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final TextList texts = new TextList();
  private final String column;
  private final boolean json;
  private final PromptSettings settings;
  private final TextList ownSettings = new TextList();
  private final Set<String> unseen = new LinkedHashSet<>();
  private boolean[] errors = new boolean[1024];
  private int rows;

  private PromptReader(String column, boolean json, PromptSettings settings) {
    this.column = column;
    this.json = json;
    this.settings = settings;
    if (settings != null) {
      unseen.addAll(settings.columns());
    }
  }

  /** Reads a whole file whose prompts have no settings of their own. */
  public static PromptTable read(String file, String column, Configuration conf) {
    return read(file, column, null, conf);
  }

  /**
   * Reads a whole file.
   *
   * @param column the text column of JSON lines
   * @param settings the columns with settings; null for none
   * @throws OutputException where the file cannot be read, or has no such columns
   */
  public static PromptTable read(
      String file, String column, PromptSettings settings, Configuration conf) {
    Path path;
    try {
      path = UserPath.of(file);
    } catch (IllegalArgumentException e) {
      throw new OutputException(
          "Prompts file "
              + file
              + " is no path ("
              + e.getMessage()
              + "): give a JSONL or text file",
          e);
    }
    String name = path.getName().toLowerCase(Locale.ROOT);
    boolean compressed = name.endsWith(".gz");
    String plain = compressed ? name.substring(0, name.length() - 3) : name;
    boolean json = plain.endsWith(".jsonl") || plain.endsWith(".json");
    if (settings != null && !json) {
      throw new OutputException(
          "Prompts file "
              + file
              + " is plain text, which has no columns: give JSON lines, or leave out --prompt-settings");
    }
    PromptReader reader = new PromptReader(column, json, settings);
    MessageDigest digest = Sha256.digest();
    try {
      FileSystem found = path.getFileSystem(conf);
      FileSystem fileSystem =
          found instanceof LocalFileSystem local ? local.getRawFileSystem() : found;
      if (fileSystem.getFileStatus(path).isDirectory()) {
        throw new OutputException(
            "Prompts file " + file + " is a folder: give a JSONL or text file");
      }
      try (InputStream raw = new DigestInputStream(fileSystem.open(path), digest);
          InputStream in =
              new BufferedInputStream(compressed ? new GZIPInputStream(raw) : raw, 1 << 16)) {
        reader.readLines(in);
        raw.transferTo(java.io.OutputStream.nullOutputStream());
      }
    } catch (FileNotFoundException e) {
      throw new OutputException(
          "Prompts file " + file + " does not exist: give a JSONL or text file", e);
    } catch (IOException e) {
      throw new OutputException("Prompts file " + file + " cannot be read: " + e.getMessage(), e);
    }
    reader.checkColumns(file);
    return reader.table(Sha256.hex(digest));
  }

  /** A setting that no row has is a name that was spelled otherwise. */
  private void checkColumns(String file) {
    boolean good = false;
    for (int row = 0; row < rows; row++) {
      good |= !errors[row];
    }
    if (good && !unseen.isEmpty()) {
      throw new OutputException(
          "Prompts file "
              + file
              + " has the column "
              + unseen.iterator().next()
              + " in no row: leave it out of --prompt-settings, or name it so in the file");
    }
  }

  private PromptTable table(String sha256) {
    return new PromptTable(
        texts.trimmed(), Arrays.copyOf(errors, rows), settings, ownSettings.trimmed(), sha256);
  }

  private void readLines(InputStream in) throws IOException {
    LineReader lines = new LineReader(in, 0, 0, LINE_LIMIT);
    for (byte[] line = lines.next(); line != null; line = lines.next()) {
      add(line, lines.number(), lines.tooLong());
    }
    if (lines.failure() != null) {
      throw lines.failure();
    }
  }

  private void add(byte[] line, long number, boolean tooLong) throws IOException {
    String text = null;
    String own = "";
    String error = tooLong ? "longer than " + LINE_LIMIT + " bytes" : null;
    if (!tooLong) {
      try {
        String decoded =
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
        if (json) {
          JsonNode row = JSON.readTree(decoded);
          text = text(row);
          own = settings == null ? "" : ownSettings(row);
        } else {
          text = decoded;
        }
      } catch (CharacterCodingException e) {
        error = "no valid UTF-8";
      } catch (JsonProcessingException e) {
        error = "no valid JSON";
      } catch (IllegalArgumentException e) {
        error = OneLine.of(e.getMessage());
      }
    }
    store(text, own, error == null ? null : "line " + number + ": " + error);
  }

  /**
   * The prompt of a row.
   *
   * @throws IllegalArgumentException if the row has no prompt
   */
  private String text(JsonNode row) {
    JsonNode value = row.path(column);
    if (value.isMissingNode()) {
      throw new IllegalArgumentException("no column " + column);
    }
    if (!value.isTextual()) {
      throw new IllegalArgumentException(column + " is " + RowJson.kind(value) + ", no text");
    }
    String text = value.textValue();
    if (!Texts.wellFormed(text).equals(text)) {
      throw new IllegalArgumentException(column + " is no valid Unicode");
    }
    return text;
  }

  /**
   * The settings of a row in JSON; empty for none.
   *
   * @throws IllegalArgumentException for an invalid value
   */
  private String ownSettings(JsonNode row) {
    unseen.removeIf(row::has);
    ObjectNode own = settings.own(row);
    settings.config(own);
    return own.isEmpty() ? "" : own.toString();
  }

  /**
   * Keeps a row.
   *
   * @param text null where it could not be read
   * @param error null for a good row
   */
  private void store(String text, String own, String error) throws IOException {
    if (rows == errors.length) {
      errors = Arrays.copyOf(errors, rows * 2);
    }
    byte[] bytes =
        (error == null ? text : PromptTable.bad(error, text)).getBytes(StandardCharsets.UTF_8);
    byte[] ownBytes = own.getBytes(StandardCharsets.UTF_8);
    if (texts.length()
            + ownSettings.length()
            + bytes.length
            + ownBytes.length
            + (long) ROW_BYTES * rows
        > TEXT_LIMIT) {
      throw new IOException(
          "its prompts take more than "
              + TEXT_LIMIT
              + " bytes; split the file, or give the driver more memory");
    }
    texts.add(bytes);
    if (settings != null) {
      ownSettings.add(ownBytes);
    }
    errors[rows] = error != null;
    rows++;
  }
}
