package scriptorium.engine.checkpoint;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.model.Gpt2Config;

/**
 * An opened checkpoint: the names, shapes and types of all tensors are asserted, the weights
 * mapped. Thread-safe. Owns the mappings: tensors are gone when it is closed.
 */
public final class Checkpoint implements AutoCloseable {
  private final String format;
  private final Gpt2Config config;
  private final OptionalInt endOfText;
  private final Map<String, StoredTensor> tensors;
  private final List<Path> files;
  private final Arena arena;

  private Checkpoint(
      String format,
      Gpt2Config config,
      OptionalInt endOfText,
      Map<String, StoredTensor> tensors,
      List<Path> files,
      Arena arena) {
    this.format = format;
    this.config = config;
    this.endOfText = endOfText;
    this.tensors = tensors;
    this.files = files;
    this.arena = arena;
  }

  /**
   * Opens a folder in either layout.
   *
   * @throws CheckpointException where it is none, or damaged
   */
  public static Checkpoint open(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(
          "Model folder " + folder + " does not exist: give the folder of a checkpoint");
    }
    Arena arena = Arena.ofShared();
    try {
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
    Gpt2Config config = withHeadOf(reader.tensors(), stated);
    Map<String, StoredTensor> tensors = canonical(config, reader.tensors(), folder);
    return new Checkpoint(
        "safetensors",
        config,
        ConfigReader.endOfText(file, config.vocabSize()),
        tensors,
        reader.files(),
        arena);
  }

  private static Checkpoint tensorFlow(Path folder, Arena arena) {
    if (!Files.exists(folder.resolve("hparams.json"))) {
      throw new CheckpointException(
          "Model folder "
              + folder
              + " holds no checkpoint: config.json with model.safetensors, or hparams.json with"
              + " model.ckpt.*, are understood");
    }
    Gpt2Config config = ConfigReader.openAi(folder.resolve("hparams.json"));
    TensorFlowReader reader = new TensorFlowReader(folder, arena);
    Map<String, StoredTensor> tensors = canonical(config, reader.tensors(), folder);
    return new Checkpoint(
        "tensorflow", config, OptionalInt.empty(), tensors, reader.files(), arena);
  }

  /**
   * A stored head that repeats the embedding is the tied head and is left out; one that differs
   * counts whatever the configuration says, as in transformers.
   */
  private static Gpt2Config withHeadOf(Map<String, StoredTensor> found, Gpt2Config config) {
    StoredTensor head = found.get("lm_head.weight");
    StoredTensor embedding = found.get("wte.weight");
    if (head == null || embedding == null) {
      return config;
    }
    boolean tied =
        head.type() == embedding.type()
            && Arrays.equals(head.shape(), embedding.shape())
            && head.data().mismatch(embedding.data()) == -1;
    if (tied) {
      found.remove("lm_head.weight");
    }
    return config.withTiedHead(tied);
  }

  /**
   * Asserts that exactly the tensors of the configuration are there, and puts them in canonical
   * order.
   */
  private static Map<String, StoredTensor> canonical(
      Gpt2Config config, Map<String, StoredTensor> found, Path folder) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, long[]> wanted : CanonicalTensors.shapes(config).entrySet()) {
      String name = wanted.getKey();
      StoredTensor tensor = found.get(name);
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

  /** "safetensors" or "tensorflow". */
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

  /** Canonical names, in canonical order. */
  public List<String> tensorNames() {
    return List.copyOf(tensors.keySet());
  }

  /** The tensor of a canonical name. */
  public StoredTensor tensor(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("No tensor " + name);
    }
    return tensor;
  }

  /** Type in which the token embedding is stored. */
  public DataType dataType() {
    return tensor("wte.weight").type();
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
