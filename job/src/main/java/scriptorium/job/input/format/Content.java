package scriptorium.job.input.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import scriptorium.job.row.RowJson;

/**
 * What the first bytes of a file, unpacked, tell without doubt. A magic number of letters counts
 * only in a content that is no text: a text may begin with "ORC" too. Immutable.
 */
public final class Content {
  private static final String BYTE_ORDER_MARK = "efbbbf";

  /** A share of control characters of which a text in UTF-8 has less. */
  private static final int CONTROL_SHARE = 8;

  private static final int TAR_NAME = 257;

  /** Contents that are not read, by their first bytes: in a text, only if these are no letters. */
  private static final List<Foreign> FOREIGN =
      List.of(
          new Foreign("fffe0000", "UTF-32 text: convert it to UTF-8 by iconv"),
          new Foreign("0000feff", "UTF-32 text: convert it to UTF-8 by iconv"),
          new Foreign("fffe", "UTF-16 text: convert it to UTF-8 by iconv"),
          new Foreign("feff", "UTF-16 text: convert it to UTF-8 by iconv"),
          new Foreign("50415245", "an encrypted Parquet file: decrypt it with Spark"),
          new Foreign("504b0304", "a ZIP archive or a spreadsheet: unpack or export it"),
          new Foreign("377abcaf271c", "a 7z archive: unpack it"),
          new Foreign("526172211a07", "a RAR archive: unpack it"),
          new Foreign("25504446", "a PDF: export its text"),
          new Foreign("53514c69746520666f726d61742033", "an SQLite database: export it"),
          new Foreign("4152524f5731", "an Arrow file: write it as Parquet"),
          new Foreign("ffffffff", "an Arrow stream: write it as Parquet"),
          new Foreign("46454131", "a Feather file: write it as Parquet"),
          new Foreign("89484446", "an HDF5 file: write it as Parquet"),
          new Foreign("934e554d5059", "a NumPy file: write it as Parquet"),
          new Foreign("534551", "a Hadoop sequence file: write it as Parquet with Spark"),
          new Foreign("02214c18", "a legacy lz4 file: compress it anew"),
          new Foreign("4c5a34426c6f636b", "lz4-java's blocks: compress it as an lz4 frame"),
          new Foreign("82534e41505059", "snappy-java's stream: compress it as snappy frames"),
          new Foreign("1f9d", "a compress (.Z) file: unpack it"),
          new Foreign("894c5a4f", "an lzop file: unpack it"),
          new Foreign("5d00008000", "an lzma file: unpack it"));

  private final byte[] head;
  private final boolean whole;

  private record Foreign(String magic, String words) {}

  /**
   * A content.
   *
   * @param head its first bytes
   * @param whole whether these are all
   */
  public Content(byte[] head, boolean whole) {
    this.head = head;
    this.whole = whole;
  }

  /**
   * The content that a stream of unpacked bytes begins with; what is damaged behind the first byte
   * is left out.
   *
   * @param most bytes at most
   * @throws IOException if not a byte can be read
   */
  public static Content of(InputStream in, int most) throws IOException {
    byte[] head = new byte[most];
    int size = 0;
    boolean end = false;
    try {
      while (size < head.length && !end) {
        int read = in.read(head, size, head.length - size);
        end = read < 0;
        size += Math.max(0, read);
      }
    } catch (IOException e) {
      if (size == 0) {
        throw e;
      }
    }
    return new Content(Arrays.copyOf(head, size), end);
  }

  /** Its first bytes, which are not copied. */
  public byte[] head() {
    return head;
  }

  /** Whether the head is all of it. */
  public boolean whole() {
    return whole;
  }

  private boolean begins(String magic) {
    int size = magic.length() / 2;
    return head.length >= size && HexFormat.of().formatHex(head, 0, size).equals(magic);
  }

  /** The format that is told by a magic number. */
  public Optional<InputFormat> format() {
    if (begins("50415231") && !isText()) {
      return Optional.of(InputFormat.PARQUET);
    }
    if (begins("4f5243") && !isText()) {
      return Optional.of(InputFormat.ORC);
    }
    return begins("4f626a01") ? Optional.of(InputFormat.AVRO) : Optional.empty();
  }

  /** What the content is, and the remedy, if it is known to be something that is not read. */
  public Optional<String> foreign() {
    if (format().isPresent()) {
      return Optional.empty();
    }
    boolean text = isText();
    for (Foreign foreign : FOREIGN) {
      if (begins(foreign.magic()) && !text) {
        return Optional.of(foreign.words());
      }
    }
    if (new String(head, StandardCharsets.ISO_8859_1).startsWith("ustar", TAR_NAME)) {
      return Optional.of("a tar archive: unpack it");
    }
    if (isZlib() && !text) {
      return Optional.of("zlib data: give its name the ending .deflate");
    }
    Optional<Codec> packed = Codec.ofContent(head);
    if (packed.isPresent()) {
      return Optional.of(packed.get().word() + " data: unpack it once");
    }
    if (hasManyControls()) {
      return Optional.of(
          "no text in UTF-8, but has many NUL or control characters: convert UTF-16 by iconv");
    }
    if (hasWideLineFeeds()) {
      return Optional.of("UTF-16 text without its mark: convert it to UTF-8 by iconv");
    }
    return isHadoopBlock()
        ? Optional.of("blocks of Hadoop's lz4 or snappy: give its name the ending .lz4 or .snappy")
        : Optional.empty();
  }

  /** Two sizes of less than 16 MiB, the second one that of packed bytes. */
  private boolean isHadoopBlock() {
    if (head.length <= 2 * Integer.BYTES || head[0] != 0 || head[Integer.BYTES] != 0) {
      return false;
    }
    ByteBuffer sizes = ByteBuffer.wrap(head);
    long block = sizes.getInt();
    long chunk = sizes.getInt();
    return block > 0 && chunk > 0 && chunk <= 2 * block + 64;
  }

  private boolean isZlib() {
    return head.length > 2 && head[0] == 0x78 && ((head[0] & 0xff) << 8 | head[1] & 0xff) % 31 == 0;
  }

  /** Whether the content is UTF-8 without control characters that no text has. */
  private boolean isText() {
    return controls() == 0 && isUtf8();
  }

  private boolean isUtf8() {
    int end = head.length;
    while (!whole && end > 0 && end > head.length - 4 && head[end - 1] < 0) {
      end--; // of a character that was cut
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(head, 0, end));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private int controls() {
    int count = 0;
    for (byte one : head) {
      boolean space = one >= '\b' && one <= '\r' || one == 0x1b;
      count += one >= 0 && one < ' ' && !space ? 1 : 0;
    }
    return count;
  }

  /** Of UTF-16 without a byte order mark; a NUL here and there is text. */
  private boolean hasManyControls() {
    int controls = controls();
    if (controls * CONTROL_SHARE < head.length || controls == 0) {
      return false;
    }
    int[] nuls = new int[2];
    for (int i = 0; i < head.length; i++) {
      nuls[i % 2] += head[i] == 0 ? 1 : 0;
    }
    boolean pairs = head.length % 2 == 0 && (nuls[0] == 0 || nuls[1] == 0);
    return controls >= CONTROL_SHARE || pairs && (nuls[0] + nuls[1]) * 3 >= head.length;
  }

  /** Whether every line feed is one of UTF-16, of two bytes; one such may stand in UTF-8. */
  private boolean hasWideLineFeeds() {
    int feeds = 0;
    for (int i = 0; i < head.length - head.length % 2; i++) {
      if (head[i] == '\n') {
        if (head[i ^ 1] != 0) {
          return false;
        }
        feeds++;
      }
    }
    return feeds > 1 || feeds == 1 && !isUtf8();
  }

  /** Whether all lines, as far as they are known, are JSON objects. */
  public boolean isJsonLines() {
    List<String> lines = lines();
    return !lines.isEmpty()
        && lines.stream()
            .allMatch(line -> RowJson.value(line) instanceof JsonNode v && v.isObject());
  }

  /** The lines that are not blank, without one that was cut. */
  private List<String> lines() {
    int start = begins(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length() / 2 : 0;
    String text = new String(head, start, head.length - start, StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    if (!whole) {
      lines.removeLast();
    }
    lines.removeIf(String::isBlank);
    return lines;
  }

  /** Whether a content of JSON begins an array whose first element is an object. */
  public boolean isArrayOfObjects() {
    int start = pastSpace(begins(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length() / 2 : 0);
    if (start == head.length || head[start] != '[') {
      return false;
    }
    int first = pastSpace(start + 1);
    return first < head.length && head[first] == '{';
  }

  private int pastSpace(int from) {
    int at = from;
    while (at < head.length && (head[at] == ' ' || head[at] >= '\t' && head[at] <= '\r')) {
      at++;
    }
    return at;
  }

  /** Whether a content of JSON is one array, or has objects that go over several lines. */
  public boolean isJsonOverLines() {
    int start = pastSpace(begins(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length() / 2 : 0);
    if (start < head.length && head[start] == '[') {
      return true;
    }
    List<String> lines = lines();
    try {
      if (!lines.isEmpty()) {
        RowJson.MAPPER.readTree(lines.getFirst());
      }
      return false;
    } catch (JsonEOFException e) {
      return lines.size() > 1;
    } catch (JsonProcessingException e) {
      return false;
    }
  }
}
