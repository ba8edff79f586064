package scriptorium.job.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Reads prompts: JSON lines with a text column where the name ends in .jsonl or .json, else one
 * prompt a line; either with .gz behind. A line that is none becomes an error with its number;
 * blank lines at the end are no rows.
 */
public final class PromptReader {
  private static final int LINE_LIMIT = 16 << 20;

  /** Bytes of all texts: they are held, copied and broadcast, which takes some times as many. */
  private static final long TEXT_LIMIT = Math.min(1 << 30, Runtime.getRuntime().maxMemory() / 8);

  /** What a row takes beside its text. */
  private static final int ROW_BYTES = 16;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ByteArrayOutputStream texts = new ByteArrayOutputStream();
  private final String column;
  private final boolean json;
  private int[] ends = new int[1024];
  private boolean[] errors = new boolean[1024];
  private int rows;

  private PromptReader(String column, boolean json) {
    this.column = column;
    this.json = json;
  }

  /**
   * Reads a whole file.
   *
   * @param column the text column of JSON lines
   * @throws OutputException where the file cannot be read
   */
  public static PromptTable read(String file, String column, Configuration conf) {
    Path path;
    try {
      path = new Path(file);
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
    PromptReader reader =
        new PromptReader(column, plain.endsWith(".jsonl") || plain.endsWith(".json"));
    MessageDigest digest = ShardStore.sha256();
    try {
      FileSystem found = path.getFileSystem(conf);
      FileSystem fileSystem =
          found instanceof LocalFileSystem local ? local.getRawFileSystem() : found;
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
    return reader.table(HexFormat.of().formatHex(digest.digest()));
  }

  private PromptTable table(String sha256) {
    return new PromptTable(
        texts.toByteArray(), Arrays.copyOf(ends, rows), Arrays.copyOf(errors, rows), sha256);
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
    String error = null;
    if (tooLong) {
      error = "longer than " + LINE_LIMIT + " bytes";
    } else {
      try {
        text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
        if (json) {
          JsonNode value = JSON.readTree(text).path(column);
          error =
              value.isTextual()
                  ? null
                  : value.isMissingNode() ? "no column " + column : column + " is no text";
          text = value.asText();
        }
      } catch (CharacterCodingException e) {
        error = "no valid UTF-8";
      } catch (JsonProcessingException e) {
        error = "no valid JSON";
      }
    }
    store(error == null ? text : "line " + number + ": " + error, error != null);
  }

  private void store(String text, boolean error) throws IOException {
    if (rows == ends.length) {
      ends = Arrays.copyOf(ends, rows * 2);
      errors = Arrays.copyOf(errors, rows * 2);
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (texts.size() + (long) bytes.length + (long) ROW_BYTES * rows > TEXT_LIMIT) {
      throw new IOException(
          "its prompts take more than "
              + TEXT_LIMIT
              + " bytes; split the file, or give the driver more memory");
    }
    texts.writeBytes(bytes);
    ends[rows] = texts.size();
    errors[rows] = error;
    rows++;
  }
}
