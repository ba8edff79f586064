package scriptorium.engine.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import scriptorium.engine.tokenizer.AddedTokens.Found;

/**
 * GPT-2's byte-level byte-pair encoding (Radford et al. 2019). Every string encodes and every id
 * decodes; lone surrogates in a string count as U+FFFD. Immutable but for a bounded cache;
 * thread-safe.
 */
public final class BytePairTokenizer {
  private static final int CACHED_PIECES = 1 << 16;
  private static final int CACHED_LENGTH = 24;
  private static final int FILE_LIMIT = 16 << 20;

  /** Names of the files of a tokenizer, those that are looked for first before the others. */
  private static final List<List<String>> FILES =
      List.of(
          List.of("encoder.json", "vocab.bpe"),
          List.of("vocab.json", "merges.txt"),
          List.of("tokenizer.json"));

  private final List<byte[]> files;
  private final Vocabulary vocabulary;
  private final int vocabSize;
  private final int endOfText;
  private final ConcurrentHashMap<String, int[]> cache = new ConcurrentHashMap<>();

  private BytePairTokenizer(
      List<byte[]> files, Vocabulary vocabulary, int vocabSize, int endOfText) {
    this.files = files;
    this.vocabulary = vocabulary;
    this.vocabSize = vocabSize;
    this.endOfText = endOfText;
  }

  /**
   * The tokenizer files of a folder: encoder.json and vocab.bpe, or vocab.json and merges.txt, or
   * tokenizer.json; empty where the folder has none of these.
   */
  public static List<Path> filesIn(Path folder) {
    for (List<String> names : FILES) {
      List<Path> files = names.stream().map(folder::resolve).toList();
      if (files.stream().allMatch(Files::isRegularFile)) {
        return files;
      }
    }
    return List.of();
  }

  /**
   * Reads the tokenizer of a folder.
   *
   * @throws IllegalArgumentException in one line, where a file is missing or damaged
   */
  public static BytePairTokenizer load(Path folder) {
    List<Path> files = filesIn(folder);
    if (files.isEmpty()) {
      throw new IllegalArgumentException(
          "No tokenizer in "
              + folder
              + ": encoder.json and vocab.bpe, or vocab.json and merges.txt, or tokenizer.json,"
              + " are needed");
    }
    return load(files);
  }

  /**
   * Reads the files of a tokenizer: a vocabulary and merges, or a tokenizer.json.
   *
   * @throws IllegalArgumentException in one line, where a file is damaged
   */
  public static BytePairTokenizer load(List<Path> files) {
    Path folder = files.getFirst().getParent();
    try {
      List<byte[]> contents = new ArrayList<>();
      for (Path file : files) {
        contents.add(content(file));
      }
      return of(contents);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Tokenizer files in " + folder + " cannot be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(folder + ": " + e.getMessage(), e);
    }
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
    return of(List.of(vocabularyFile, mergesFile));
  }

  /**
   * A tokenizer from what {@link #files} gave: a vocabulary and merges, or a tokenizer.json.
   *
   * @throws IllegalArgumentException in one line, for other than one or two files, or a damaged one
   */
  public static BytePairTokenizer of(List<byte[]> files) {
    if (files.isEmpty() || files.size() > 2) {
      throw new IllegalArgumentException(
          "Tokenizer of "
              + files.size()
              + " files: give a vocabulary and merges, or a tokenizer.json");
    }
    List<byte[]> own = files.stream().map(byte[]::clone).toList();
    Vocabulary vocabulary =
        own.size() == 2
            ? Vocabulary.parse(own.getFirst(), own.getLast())
            : Vocabulary.parse(own.getFirst());
    return new BytePairTokenizer(own, vocabulary, vocabulary.size(), vocabulary.endOfText());
  }

  /**
   * The same tokenizer for a model whose vocabulary is padded, or whose texts end otherwise.
   *
   * @param vocabSize token ids of the model, {@link #vocabSize} at least; those that the tokenizer
   *     lacks decode to nothing
   * @param endOfText the id that ends a text
   */
  public BytePairTokenizer fitted(int vocabSize, int endOfText) {
    if (vocabSize < vocabulary.size() || endOfText < 0 || endOfText >= vocabSize) {
      throw new IllegalArgumentException(
          "End of text " + endOfText + " is not in 0.." + (vocabSize - 1));
    }
    return new BytePairTokenizer(files, vocabulary, vocabSize, endOfText);
  }

  /** The content of the files: a vocabulary and merges, or a tokenizer.json. */
  public List<byte[]> files() {
    return files.stream().map(byte[]::clone).toList();
  }

  /** Whether every id stands for the same bytes. */
  public boolean hasTokensOf(BytePairTokenizer other) {
    return vocabulary.hasTokensOf(other.vocabulary);
  }

  /** The id that ends a text as the files alone have it. */
  public int endOfTextOfFiles() {
    return vocabulary.endOfText();
  }

  /** Number of token ids. */
  public int vocabSize() {
    return vocabSize;
  }

  /** Id of {@code <|endoftext|>}, or of what the model takes for it. */
  public int endOfText() {
    return endOfText;
  }

  /**
   * The ids of a text; {@code <|endoftext|>} and other special tokens in it are ordinary text,
   * added tokens that are not special stand for themselves.
   */
  public int[] encode(String text) {
    return encode(text, vocabulary.plainAdded());
  }

  /** The ids of a text in which {@code <|endoftext|>} stands for the special token. */
  public int[] encodeWithSpecials(String text) {
    return encode(text, vocabulary.added());
  }

  private int[] encode(String text, AddedTokens added) {
    IntList ids = new IntList();
    int at = 0;
    for (Found found = added.find(text, at); found != null; found = added.find(text, at)) {
      encode(text.substring(at, found.start()), ids);
      ids.add(found.token().id());
      at = found.start() + found.token().text().length();
    }
    encode(at == 0 ? text : text.substring(at), ids);
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
   * @throws IndexOutOfBoundsException for a range that is not within the ids, or an id that is not
   *     in 0..{@link #vocabSize} - 1
   */
  public byte[] decodeBytes(int[] tokens, int from, int to) {
    Objects.checkFromToIndex(from, to, tokens.length);
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream((int) Math.min(8192L, (to - from) * 5L));
    for (int i = from; i < to; i++) {
      int token = tokens[i];
      if (token < 0 || token >= vocabSize) {
        throw new IndexOutOfBoundsException(
            "Token id " + token + " at position " + i + TokenIds.remedy(vocabSize));
      }
      if (token < vocabulary.size()) {
        bytes.writeBytes(vocabulary.bytes(token));
      }
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
