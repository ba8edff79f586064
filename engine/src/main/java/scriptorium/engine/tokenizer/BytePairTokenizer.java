package scriptorium.engine.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * GPT-2's byte-level byte-pair encoding (Radford et al. 2019). Every string encodes and every id
 * decodes; lone surrogates in a string count as U+FFFD. Immutable but for a bounded cache;
 * thread-safe.
 */
public final class BytePairTokenizer {
  private static final String END_OF_TEXT = "<|endoftext|>";
  private static final int CACHED_PIECES = 1 << 16;
  private static final int CACHED_LENGTH = 24;
  private static final int FILE_LIMIT = 16 << 20;

  private final byte[] vocabularyFile;
  private final byte[] mergesFile;
  private final Vocabulary vocabulary;
  private final ConcurrentHashMap<String, int[]> cache = new ConcurrentHashMap<>();

  private BytePairTokenizer(byte[] vocabularyFile, byte[] mergesFile) {
    this.vocabularyFile = vocabularyFile;
    this.mergesFile = mergesFile;
    vocabulary = Vocabulary.parse(vocabularyFile, mergesFile);
  }

  /**
   * Reads encoder.json and vocab.bpe, or vocab.json and merges.txt.
   *
   * @throws IllegalArgumentException in one line, where a file is missing or damaged
   */
  public static BytePairTokenizer load(Path folder) {
    for (List<String> names :
        List.of(List.of("encoder.json", "vocab.bpe"), List.of("vocab.json", "merges.txt"))) {
      Path first = folder.resolve(names.getFirst());
      Path second = folder.resolve(names.getLast());
      if (Files.isRegularFile(first) && Files.isRegularFile(second)) {
        try {
          return fromBytes(content(first), content(second));
        } catch (IOException e) {
          throw new UncheckedIOException(
              "Tokenizer files in " + folder + " cannot be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(folder + ": " + e.getMessage(), e);
        }
      }
    }
    throw new IllegalArgumentException(
        "No tokenizer in "
            + folder
            + ": encoder.json and vocab.bpe, or vocab.json and merges.txt, are needed");
  }

  private static byte[] content(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(FILE_LIMIT + 1);
      if (content.length > FILE_LIMIT) {
        throw new IllegalArgumentException(
            file.getFileName()
                + " has more than "
                + FILE_LIMIT
                + " bytes: no GPT-2's is so long, fetch it again");
      }
      return content;
    }
  }

  /** A tokenizer from the content of the two files. */
  public static BytePairTokenizer fromBytes(byte[] vocabularyFile, byte[] mergesFile) {
    return new BytePairTokenizer(vocabularyFile.clone(), mergesFile.clone());
  }

  /** The content of the vocabulary file. */
  public byte[] vocabularyFile() {
    return vocabularyFile.clone();
  }

  /** The content of the merges file. */
  public byte[] mergesFile() {
    return mergesFile.clone();
  }

  /** Number of token ids. */
  public int vocabSize() {
    return vocabulary.size();
  }

  /** Id of {@code <|endoftext|>}. */
  public int endOfText() {
    return vocabulary.endOfText();
  }

  /** The ids of a text; {@code <|endoftext|>} in it is ordinary text. */
  public int[] encode(String text) {
    IntList ids = new IntList();
    encode(text, ids);
    return ids.toArray();
  }

  /** The ids of a text in which {@code <|endoftext|>} stands for the special token. */
  public int[] encodeWithSpecials(String text) {
    IntList ids = new IntList();
    int at = 0;
    for (int end = text.indexOf(END_OF_TEXT); end >= 0; end = text.indexOf(END_OF_TEXT, at)) {
      encode(text.substring(at, end), ids);
      ids.add(endOfText());
      at = end + END_OF_TEXT.length();
    }
    encode(text.substring(at), ids);
    return ids.toArray();
  }

  private void encode(String text, IntList ids) {
    for (int at = 0; at < text.length(); ) {
      int end = PieceScanner.end(text, at);
      if (end - at <= CACHED_LENGTH) {
        ids.addAll(cached(text.substring(at, end)));
      } else {
        ids.addAll(piece(text.substring(at, end)));
      }
      at = end;
    }
  }

  private int[] cached(String piece) {
    int[] ids = cache.get(piece);
    if (ids == null) {
      ids = piece(piece);
      if (cache.size() < CACHED_PIECES) {
        cache.put(piece, ids);
      }
    }
    return ids;
  }

  private int[] piece(String piece) {
    byte[] bytes = Utf8.bytes(piece);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = vocabulary.idOfByte(bytes[i] & 0xFF);
    }
    return Arrays.copyOf(ids, PieceMerger.merge(vocabulary.merges(), ids, ids.length));
  }

  /** The text of ids; invalid UTF-8 becomes U+FFFD. */
  public String decode(int[] tokens) {
    return decode(tokens, 0, tokens.length);
  }

  /** The text of the ids from..to; invalid UTF-8 becomes U+FFFD. */
  public String decode(int[] tokens, int from, int to) {
    return new String(decodeBytes(tokens, from, to), StandardCharsets.UTF_8);
  }

  /**
   * The bytes of the ids from..to.
   *
   * @throws IndexOutOfBoundsException for an id that the vocabulary lacks
   */
  public byte[] decodeBytes(int[] tokens, int from, int to) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream((to - from) * 5);
    for (int i = from; i < to; i++) {
      bytes.writeBytes(vocabulary.bytes(tokens[i]));
    }
    return bytes.toByteArray();
  }

  /** A growing list of ids. */
  private static final class IntList {
    private int[] values = new int[64];
    private int size;

    void add(int value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      values[size] = value;
      size++;
    }

    void addAll(int[] more) {
      for (int value : more) {
        add(value);
      }
    }

    int[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }
}
