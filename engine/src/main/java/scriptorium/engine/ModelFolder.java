package scriptorium.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import scriptorium.engine.checkpoint.Checkpoint;
import scriptorium.engine.checkpoint.CheckpointException;
import scriptorium.engine.checkpoint.CheckpointJson;
import scriptorium.engine.checkpoint.TensorReader;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.Gpt2Weights;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * A checkpoint folder on a local disk, validated: every name, shape and type of a tensor is
 * asserted, the weights are mapped and not loaded. Thread-safe. Closing it unmaps the weights;
 * models made of it live on.
 */
public final class ModelFolder implements AutoCloseable {
  private static final int PIECE = 1 << 20;
  private static final int ADDED_TOKENS_LIMIT = 1 << 24;

  private final Path folder;
  private final Checkpoint checkpoint;
  private final BytePairTokenizer tokenizer;
  private final List<Path> tokenizerFiles;
  private String weightsHash;

  private ModelFolder(
      Path folder, Checkpoint checkpoint, BytePairTokenizer tokenizer, List<Path> tokenizerFiles) {
    this.folder = folder;
    this.checkpoint = checkpoint;
    this.tokenizer = tokenizer;
    this.tokenizerFiles = tokenizerFiles;
  }

  /**
   * Opens a GGUF file or a folder that holds one, or OpenAI's layout (hparams.json, checkpoint,
   * model.ckpt.*) or Hugging Face's (config.json, model.safetensors), with encoder.json and
   * vocab.bpe, or vocab.json and merges.txt, or tokenizer.json, in it or in a folder {@code
   * gpt2-tokenizer} beside it.
   *
   * @throws ModelException in one line, naming what is missing or damaged
   */
  public static ModelFolder open(Path folder) {
    Path at = folder.toAbsolutePath().normalize();
    Checkpoint checkpoint;
    try {
      checkpoint = Checkpoint.open(at);
    } catch (CheckpointException e) {
      throw new ModelException(e.getMessage(), e);
    }
    try {
      int vocabSize = checkpoint.config().vocabSize();
      List<Path> files = checkpoint.tokenizer().isPresent() ? List.of() : tokenizerFiles(at);
      BytePairTokenizer tokenizer =
          files.isEmpty() ? ownTokenizer(checkpoint) : BytePairTokenizer.load(files);
      Path whole = at.resolve("tokenizer.json");
      if (!files.isEmpty() && tokenizer.vocabSize() < vocabSize && Files.isRegularFile(whole)) {
        files = List.of(whole); // it has the added tokens, which vocab.json lacks
        tokenizer = BytePairTokenizer.load(files);
      }
      if (files.size() == 2) {
        refuseAddedTokens(files.getFirst(), tokenizer.vocabSize());
      }
      if (tokenizer.vocabSize() > vocabSize) {
        throw new IllegalArgumentException(
            (files.isEmpty() ? at : files.getFirst())
                + " has "
                + tokenizer.vocabSize()
                + " tokens and the model "
                + vocabSize
                + ": take the tokenizer files that belong to the model");
      }
      int endOfText = checkpoint.endOfText().orElse(tokenizer.endOfText());
      return new ModelFolder(at, checkpoint, tokenizer.fitted(vocabSize, endOfText), files);
    } catch (CheckpointException | IllegalArgumentException | UncheckedIOException e) {
      checkpoint.close();
      throw new ModelException(e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      checkpoint.close();
      throw e;
    }
  }

  /** Texts would be tokenized otherwise than by those who trained with the added tokens. */
  private static void refuseAddedTokens(Path vocabulary, int vocabSize) {
    Path file = vocabulary.resolveSibling("added_tokens.json");
    if (!Files.isRegularFile(file)) {
      return;
    }
    for (JsonNode id : CheckpointJson.read(file, ADDED_TOKENS_LIMIT)) {
      if (id.asInt() >= vocabSize) {
        throw new IllegalArgumentException(
            file
                + " has tokens that "
                + vocabulary.getFileName()
                + " lacks, and is not read: save the tokenizer as tokenizer.json, by"
                + " transformers' AutoTokenizer");
      }
    }
  }

  private static BytePairTokenizer ownTokenizer(Checkpoint checkpoint) {
    try {
      return BytePairTokenizer.of(List.of(checkpoint.tokenizer().orElseThrow()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          checkpoint.files().getFirst() + " holds no valid tokenizer: " + e.getMessage(), e);
    }
  }

  private static List<Path> tokenizerFiles(Path folder) {
    Path beside = folder.resolveSibling("gpt2-tokenizer");
    for (Path place : List.of(folder, beside)) {
      List<Path> files = BytePairTokenizer.filesIn(place);
      if (!files.isEmpty()) {
        return files;
      }
    }
    throw new IllegalArgumentException(
        "No tokenizer in "
            + folder
            + ": put encoder.json and vocab.bpe, or vocab.json and merges.txt, or tokenizer.json,"
            + " beside the weights");
  }

  /** Shape of the model. */
  public Gpt2Config config() {
    return checkpoint.config();
  }

  /** The folder's own name. */
  public String name() {
    return folder.getFileName().toString();
  }

  /** The folder. */
  public Path path() {
    return folder;
  }

  /** Layout of the checkpoint: "safetensors", "tensorflow" or "gguf". */
  public String format() {
    return checkpoint.format();
  }

  /** Stored type of the weights: F32, F16, BF16 or Q8_0. */
  public String dataType() {
    return checkpoint.dataType();
  }

  /** The tokenizer that belongs to the model. */
  public BytePairTokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * SHA-256, in hexadecimal, of every file that decides results, by file name. Reads all of them.
   */
  public SortedMap<String, String> fileHashes() {
    List<Path> files = new ArrayList<>(checkpoint.files());
    files.addAll(tokenizerFiles);
    SortedMap<String, String> hashes = new TreeMap<>();
    for (Path file : files) {
      hashes.put(file.getFileName().toString(), hash(file));
    }
    return hashes;
  }

  private static String hash(Path file) {
    MessageDigest digest = sha256();
    byte[] piece = new byte[PIECE];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        digest.update(piece, 0, n);
      }
    } catch (IOException e) {
      throw new ModelException("File " + file + " cannot be read: " + e.getMessage(), e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * SHA-256 of the weights themselves: every tensor's name, type, shape and bytes in canonical
   * order, so that the same weights in another layout have the same hash. Computed once.
   *
   * @throws ModelException for weights that are NaN or infinite
   */
  public synchronized String weightsHash() {
    if (weightsHash == null) {
      MessageDigest digest = sha256();
      NonFiniteWeights nonFinite = new NonFiniteWeights();
      try (TensorReader reader = checkpoint.reader()) {
        for (String name : checkpoint.tensorNames()) {
          StoredTensor tensor = reader.apply(name);
          String head = name + " " + tensor.type() + " " + Arrays.toString(tensor.shape()) + "\n";
          digest.update(head.getBytes(StandardCharsets.UTF_8));
          for (long at = 0; at < tensor.data().byteSize(); at += PIECE) {
            long size = Math.min(PIECE, tensor.data().byteSize() - at);
            MemorySegment piece = tensor.data().asSlice(at, size);
            digest.update(piece.asByteBuffer());
            nonFinite.look(tensor, piece, at);
          }
        }
      }
      nonFinite.refuse(folder);
      weightsHash = HexFormat.of().formatHex(digest.digest());
    }
    return weightsHash;
  }

  /**
   * SHA-256 of the tokenizer files, one after the other, and of the id that ends a text where it is
   * another than theirs.
   */
  public String tokenizerHash() {
    MessageDigest digest = sha256();
    tokenizer.files().forEach(digest::update);
    if (tokenizer.endOfText() != tokenizer.endOfTextOfFiles()) {
      digest.update(("end of text " + tokenizer.endOfText()).getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Bytes of the weights as they are stored, about those that {@link ModelStream#write} writes. */
  public long weightBytes() {
    long bytes = 0;
    for (String name : checkpoint.tensorNames()) {
      bytes += checkpoint.bytes(name);
    }
    return bytes;
  }

  /** What the memory of the model and its engine follows from. */
  public ModelSize size() {
    return new ModelSize(config(), Gpt2Weights.bytes(config(), checkpoint::type));
  }

  /** Number of parameters. */
  public long parameters() {
    long count = 0;
    for (String name : checkpoint.tensorNames()) {
      count += checkpoint.elements(name);
    }
    return count;
  }

  /** Type and shape, such as {@code F32 [50257, 768]}, of every tensor by its canonical name. */
  public SequencedMap<String, String> tensorShapes() {
    SequencedMap<String, String> shapes = new LinkedHashMap<>();
    for (String name : checkpoint.tensorNames()) {
      StoredTensor tensor = checkpoint.tensor(name);
      shapes.put(name, tensor.type() + " " + Arrays.toString(tensor.shape()));
    }
    return shapes;
  }

  /** The opened checkpoint. */
  Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Reads the weights, by canonical name. */
  TensorReader reader() {
    return checkpoint.reader();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
