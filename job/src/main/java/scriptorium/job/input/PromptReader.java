package scriptorium.job.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import scriptorium.engine.text.OneLine;
import scriptorium.job.base.Console;
import scriptorium.job.base.InputException;
import scriptorium.job.base.Sha256;
import scriptorium.job.base.Texts;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.PromptSettings;
import scriptorium.job.row.RowJson;
import scriptorium.job.row.SamplingSetting;

/**
 * Reads prompts of all formats that texts are read in. A row that cannot be read becomes an error
 * with its line; a file that is damaged is refused, as its rows would be guessed.
 */
public final class PromptReader {
  /** Bytes of all texts: they are held, copied and broadcast, which takes some times as many. */
  private static final long TEXT_LIMIT = Math.min(1 << 30, Runtime.getRuntime().maxMemory() / 8);

  /** What a row takes beside its text. */
  private static final int ROW_BYTES = 16;

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final int SHOWN_COLUMNS = 10;

  private final TextList texts = new TextList();
  private final String path;
  private final String column;
  private final PromptSettings settings;
  private final TextList ownSettings = new TextList();
  private final Set<String> unseen = new LinkedHashSet<>();
  private final Set<String> otherColumns = new LinkedHashSet<>();
  private boolean columnSeen;
  private boolean[] errors = new boolean[1024];
  private int rows;

  private PromptReader(String path, String column, PromptSettings settings) {
    this.path = path;
    this.column = column;
    this.settings = settings;
    if (settings != null) {
      unseen.addAll(settings.columns());
    }
  }

  /** Reads all prompts of a file, which have no settings of their own. */
  public static PromptTable read(String path, String column, Configuration conf) {
    return read(path, column, null, conf);
  }

  /** The same with the columns of settings; null for none. */
  public static PromptTable read(
      String path, String column, PromptSettings settings, Configuration conf) {
    return read(path, column, settings, null, conf, Console.SILENT);
  }

  /**
   * Reads all prompts of a file, of a folder, or of what matches a pattern.
   *
   * @param column the text column of formats that have columns
   * @param settings the columns with settings; null for none
   * @param format the format that the user names, null for none
   * @param console is told what is left out of a folder
   * @throws InputException where a file cannot be read, or none has such columns
   */
  public static PromptTable read(
      String path,
      String column,
      PromptSettings settings,
      InputFormat format,
      Configuration conf,
      Console console) {
    InputListing listing = InputListing.of(List.of(path), null, format, conf);
    listing.warning().ifPresent(console::warn);
    PromptReader reader = new PromptReader(path, column, settings);
    List<String> hashes = new ArrayList<>();
    for (InputFile file : listing.files()) {
      try (InputStream raw = file.raw(conf)) {
        hashes.add(Sha256.of(raw).sha256());
        reader.readFile(file, listing.files().size() > 1, conf);
      } catch (IOException e) {
        throw file.cannotBeRead(e);
      }
    }
    reader.checkTextColumn();
    reader.checkColumns();
    return reader.table(hash(hashes));
  }

  /** The hash of one file; of several, that of their hashes in their order. */
  private static String hash(List<String> hashes) {
    if (hashes.size() == 1) {
      return hashes.getFirst();
    }
    MessageDigest digest = Sha256.digest();
    hashes.forEach(hash -> digest.update(HexFormat.of().parseHex(hash)));
    return Sha256.hex(digest);
  }

  private void readFile(InputFile file, boolean named, Configuration conf) throws IOException {
    if (settings != null && file.format() == InputFormat.TEXT) {
      throw new InputException(
          "Input "
              + file.path()
              + " is plain text, which has no columns: give JSON lines, or leave out --prompt-settings");
    }
    InputColumns columns = new InputColumns(column, null, null);
    try (InputReader reader = InputReader.open(file, columns, InputScan.BEGIN, conf)) {
      for (ReadRow row = reader.row(); row != null; row = reader.row()) {
        if (row.place() == null) {
          throw new InputException("Input " + file.path() + " cannot be read: it " + row.error());
        }
        if (settings != null && row.error() == null && file.format().isDelimited()) {
          readCells(row.columns());
        }
        add(row, named ? file.path() + ", " : "");
      }
    }
  }

  /** Cells are texts: those with settings are JSON, or a stop string; an empty one sets nothing. */
  private void readCells(ObjectNode row) {
    for (String name : settings.columns()) {
      String cell = row.path(name).asText();
      boolean stop = name.equals(SamplingSetting.STOP.columnName());
      JsonNode value = cell.isEmpty() ? NullNode.instance : stop ? null : RowJson.value(cell);
      if (row.has(name) && value != null) {
        row.set(name, value);
      }
    }
  }

  /** A text column that no row has is a mistake, not many bad rows. */
  private void checkTextColumn() {
    if (!columnSeen && !otherColumns.isEmpty()) {
      throw new InputException(
          "Input "
              + path
              + " has the column "
              + column
              + " in no row, but "
              + String.join(", ", otherColumns)
              + ": name the right one by --text-column");
    }
  }

  /** A setting that no row has is a name that was spelled otherwise. */
  private void checkColumns() {
    boolean good = false;
    for (int row = 0; row < rows; row++) {
      good |= !errors[row];
    }
    if (good && !unseen.isEmpty()) {
      throw new InputException(
          "Input "
              + path
              + " has the column "
              + unseen.iterator().next()
              + " in no row: leave it out of --prompt-settings, or name it so in the file");
    }
  }

  private PromptTable table(String sha256) {
    return new PromptTable(
        texts.trimmed(), Arrays.copyOf(errors, rows), settings, ownSettings.trimmed(), sha256);
  }

  /**
   * Adds a row.
   *
   * @param file what is told before its line where there are several files
   */
  private void add(ReadRow row, String file) {
    String text = null;
    String own = "";
    String error = row.error();
    if (error == null) {
      try {
        text = text(row.columns());
        own = settings == null ? "" : ownSettings(row.columns());
      } catch (IllegalArgumentException e) {
        error = OneLine.of(e.getMessage());
      }
    }
    store(text, own, error == null ? null : file + row.place() + ": " + error);
  }

  /**
   * The prompt of a row. The words are those of earlier versions, which stand in data sets.
   *
   * @throws IllegalArgumentException if the row has no prompt
   */
  private String text(ObjectNode row) {
    JsonNode value = row.path(column);
    columnSeen |= !value.isMissingNode();
    if (value.isMissingNode()) {
      if (otherColumns.size() < SHOWN_COLUMNS) {
        row.properties().stream()
            .limit(SHOWN_COLUMNS)
            .map(Map.Entry::getKey)
            .forEach(otherColumns::add);
      }
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
  private String ownSettings(ObjectNode row) {
    unseen.removeIf(row::has);
    String own = settings.own(row).toString();
    try {
      settings.config(JSON.readTree(own)); // as it will be read again
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Settings were written as JSON", e);
    }
    return own.equals("{}") ? "" : own;
  }

  /**
   * Keeps a row.
   *
   * @param text null where it could not be read
   * @param error null for a good row
   */
  private void store(String text, String own, String error) {
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
      throw new InputException(
          "Input "
              + path
              + " has prompts of more than "
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
