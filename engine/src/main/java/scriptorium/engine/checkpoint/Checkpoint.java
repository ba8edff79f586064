package scriptorium.engine.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.model.CanonicalTensors;
import scriptorium.engine.model.Gpt2Config;

/**
 * An opened checkpoint: the names, shapes and types of all tensors are asserted, the weights
 * mapped. Thread-safe. Owns the mappings: tensors are gone when it is closed.
 */
public final class Checkpoint implements AutoCloseable {
  private final String format;
  private final Gpt2Config config;
  private final OptionalInt endOfText;
  private final Optional<byte[]> tokenizer;
  private final Map<String, CheckpointTensor> tensors;
  private final List<Path> files;
  private final Arena arena;

  private Checkpoint(
      String format,
      Gpt2Config config,
      OptionalInt endOfText,
      Optional<byte[]> tokenizer,
      Map<String, CheckpointTensor> tensors,
      List<Path> files,
      Arena arena) {
    this.format = format;
    this.config = config;
    this.endOfText = endOfText;
    this.tokenizer = tokenizer;
    this.tensors = tensors;
    this.files = files;
    this.arena = arena;
  }

  /**
   * Opens a folder in any layout, or a GGUF file.
   *
   * @throws CheckpointException where the folder holds no checkpoint, or a damaged one
   */
  public static Checkpoint open(Path folder) {
    Path gguf = ggufFile(folder);
    if (gguf == null && Files.isRegularFile(folder)) {
      throw new CheckpointException(OtherFormats.ofFile(folder));
    }
    if (gguf == null && !Files.isDirectory(folder)) {
      throw new CheckpointException(
          "Model folder " + folder + " does not exist: give the folder of a checkpoint");
    }
    if (gguf == null
        && Files.exists(folder.resolve("adapter_config.json"))
        && !Files.exists(folder.resolve("model.safetensors"))
        && !Files.exists(folder.resolve("model.safetensors.index.json"))) {
      throw new CheckpointException(
          "Model folder "
              + folder
              + " holds an adapter (adapter_config.json), no model: merge it into its base model, by"
              + " peft's merge_and_unload, and save that");
    }
    Arena arena = Arena.ofShared();
    try {
      if (gguf != null) {
        return gguf(gguf, arena);
      }
      return Files.exists(folder.resolve("config.json"))
          ? safetensors(folder, arena)
          : tensorFlow(folder, arena);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private static Checkpoint safetensors(Path folder, Arena arena) {
    Path file = folder.resolve("config.json");
    Gpt2Config stated = ConfigReader.huggingFace(file);
    SafetensorsReader reader = new SafetensorsReader(folder, arena);
    Map<String, CheckpointTensor> found = found(reader.tensors());
    Gpt2Config config = withHeadOf(found, stated);
    Map<String, CheckpointTensor> tensors = canonical(config, found, folder);
    return new Checkpoint(
        "safetensors",
        config,
        ConfigReader.endOfText(file, config.vocabSize()),
        Optional.empty(),
        tensors,
        reader.files(),
        arena);
  }

  private static Checkpoint tensorFlow(Path folder, Arena arena) {
    if (!Files.exists(folder.resolve("hparams.json"))) {
      throw new CheckpointException(
          OtherFormats.inFolder(folder)
              .orElse(
                  "Model folder "
                      + folder
                      + " holds no checkpoint: config.json with model.safetensors, or hparams.json"
                      + " with model.ckpt.*, or a GGUF file, are understood"));
    }
    Gpt2Config config = ConfigReader.openAi(folder.resolve("hparams.json"));
    TensorFlowReader reader = new TensorFlowReader(folder, arena);
    Map<String, CheckpointTensor> tensors = canonical(config, found(reader.tensors()), folder);
    return new Checkpoint(
        "tensorflow",
        config,
        OptionalInt.empty(),
        Optional.empty(),
        tensors,
        reader.files(),
        arena);
  }

  private static Checkpoint gguf(Path file, Arena arena) {
    GgufReader reader = new GgufReader(file, arena);
    Map<String, CheckpointTensor> found = new LinkedHashMap<>();
    reader.tensors().forEach((name, tensor) -> found.put(name, tensor.tensor()));
    Gpt2Config config = withHeadOf(found, reader.config());
    Map<String, CheckpointTensor> tensors = canonical(config, found, file);
    GgufTokenizer tokenizer = new GgufTokenizer(file, reader.metadata());
    return new Checkpoint(
        "gguf",
        config,
        tokenizer.endOfText(config.vocabSize()),
        Optional.of(tokenizer.json(config.vocabSize())),
        tensors,
        List.of(file),
        arena);
  }

  private static Map<String, CheckpointTensor> found(Map<String, StoredTensor> tensors) {
    Map<String, CheckpointTensor> found = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> found.put(name, CheckpointTensor.of(tensor)));
    return found;
  }

  /** The GGUF file that a path names or that stands alone in a folder; null for none. */
  private static Path ggufFile(Path path) {
    if (Files.isRegularFile(path)
        && (path.toString().endsWith(".gguf") || GgufReader.isGguf(path))) {
      return path;
    }
    if (!Files.isDirectory(path)
        || Files.exists(path.resolve("config.json"))
        || Files.exists(path.resolve("hparams.json"))) {
      return null;
    }
    try (Stream<Path> listing = Files.list(path)) {
      List<Path> files =
          listing.filter(file -> file.getFileName().toString().endsWith(".gguf")).sorted().toList();
      if (files.size() > 1) {
        throw new CheckpointException(
            "Model folder "
                + path
                + " holds "
                + files.size()
                + " GGUF files: give one of them, such as "
                + files.getFirst());
      }
      return files.isEmpty() ? null : files.getFirst();
    } catch (IOException e) {
      throw new CheckpointException(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * A stored head that repeats the embedding is the tied head and is left out; one that differs
   * counts whatever the configuration says, as in transformers. Of a tied pair the head alone may
   * be stored, as safetensors' save_model does.
   */
  private static Gpt2Config withHeadOf(Map<String, CheckpointTensor> found, Gpt2Config config) {
    CheckpointTensor head = found.get(CanonicalTensors.HEAD);
    CheckpointTensor embedding = found.get(CanonicalTensors.EMBEDDING);
    if (head != null && embedding == null && config.tiedHead()) {
      found.put(CanonicalTensors.EMBEDDING, found.remove(CanonicalTensors.HEAD));
      return config;
    }
    if (head == null || embedding == null) {
      return config;
    }
    boolean tied = head.repeats(embedding);
    if (tied) {
      found.remove(CanonicalTensors.HEAD);
    }
    return config.withTiedHead(tied);
  }

  /**
   * Asserts that exactly the tensors of the configuration are there, and puts them in canonical
   * order.
   */
  private static Map<String, CheckpointTensor> canonical(
      Gpt2Config config, Map<String, CheckpointTensor> found, Path folder) {
    Map<String, CheckpointTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, long[]> wanted : CanonicalTensors.shapes(config).entrySet()) {
      String name = wanted.getKey();
      CheckpointTensor tensor = found.get(name);
      if (tensor == null) {
        throw new CheckpointException(
            folder
                + " lacks tensor "
                + name
                + " of shape "
                + Arrays.toString(wanted.getValue())
                + ": fetch the checkpoint again, or correct its configuration");
      }
      if (!Arrays.equals(tensor.shape(), wanted.getValue())) {
        throw new CheckpointException(
            folder
                + ": tensor "
                + name
                + " has shape "
                + Arrays.toString(tensor.shape())
                + " where the configuration asks for "
                + Arrays.toString(wanted.getValue())
                + ": take weights and configuration from one model");
      }
      tensors.put(name, tensor);
    }
    for (String name : found.keySet()) {
      if (!tensors.containsKey(name)) {
        throw new CheckpointException(
            folder + " has a tensor " + name + " that GPT-2 lacks: give a plain GPT-2 checkpoint");
      }
    }
    return tensors;
  }

  /** "safetensors", "tensorflow" or "gguf". */
  public String format() {
    return format;
  }

  /** Shape of the model. */
  public Gpt2Config config() {
    return config;
  }

  /** The token that ends a text, where the configuration names one. */
  public OptionalInt endOfText() {
    return endOfText;
  }

  /** A tokenizer.json of the tokenizer that the weights' own file holds, where it holds one. */
  public Optional<byte[]> tokenizer() {
    return tokenizer.map(byte[]::clone);
  }

  /** Canonical names, in canonical order. */
  public List<String> tensorNames() {
    return List.copyOf(tensors.keySet());
  }

  /** A reader of the tensors, which ends before the checkpoint is closed. */
  public TensorReader reader() {
    return new TensorReader(this);
  }

  /**
   * The tensor of a canonical name, which lives as long as the checkpoint; a {@link #reader} goes
   * through all of them in the memory of one.
   */
  public StoredTensor tensor(String name) {
    return read(name, arena);
  }

  /** The tensor of a canonical name; what is copied for it lives in the arena. */
  StoredTensor read(String name, Arena arena) {
    return found(name).read().apply(arena);
  }

  /** Number of elements of a tensor. */
  public long elements(String name) {
    return found(name).elements();
  }

  /** Element type of a tensor as it is read. */
  public DataType type(String name) {
    return found(name).type();
  }

  /** Bytes of a tensor as it is read. */
  public long bytes(String name) {
    return elements(name) * type(name).bytes();
  }

  /** Name of the type in which the token embedding is stored. */
  public String dataType() {
    return found(CanonicalTensors.EMBEDDING).storedType();
  }

  private CheckpointTensor found(String name) {
    CheckpointTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("No tensor " + name);
    }
    return tensor;
  }

  /** The files that decide results: configuration and weights. */
  public List<Path> files() {
    return files;
  }

  @Override
  public void close() {
    arena.close();
  }
}
