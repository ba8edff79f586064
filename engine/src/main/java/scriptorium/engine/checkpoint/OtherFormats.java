package scriptorium.engine.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Models in formats that are not read, told by the names of their files, so that each is named for
 * what it is, with a way to a checkpoint that is read.
 */
final class OtherFormats {
  private static final String SAVE = "save the model as safetensors, by transformers' ";
  private static final String EXPORTED =
      "take the checkpoint that it was made from, config.json and model.safetensors";

  private static final Pattern PART_OF_A_MODEL =
      Pattern.compile(
          "config\\.json|model\\.safetensors(\\.index\\.json)?|hparams\\.json|checkpoint|model\\.ckpt\\..*");

  /** Formats in the order in which they are looked for: those nearest to one that is read first. */
  private static final List<Format> FORMATS =
      List.of(
          new Format(
              "model\\.safetensors",
              "without its configuration: put the model's config.json beside it"),
          new Format(
              "model-\\d+-of-\\d+\\.safetensors",
              "a shard of a model: put model.safetensors.index.json beside it, which names all"),
          new Format(
              ".*\\.safetensors",
              "not found under this name: name it model.safetensors, and put config.json beside it"),
          notRead(
              "pytorch_model.*\\.bin(\\.index\\.json)?|.*\\.(pt|pth|pkl|pickle|ckpt)",
              "a PyTorch pickle",
              SAVE + "save_pretrained"),
          notRead(
              ".*\\.(h5|hdf5|keras)",
              "a Keras file",
              SAVE + "GPT2LMHeadModel.from_pretrained(DIR, from_tf=True).save_pretrained(NEW)"),
          notRead(
              ".*\\.msgpack",
              "a Flax file",
              SAVE + "GPT2LMHeadModel.from_pretrained(DIR, from_flax=True).save_pretrained(NEW)"),
          new Format(
              ".*\\.ckpt\\.(index|meta|data-.*)",
              "a TensorFlow checkpoint without its sizes: put OpenAI's hparams.json and checkpoint"
                  + " beside it"),
          notRead(".*\\.onnx|onnx", "an ONNX graph", EXPORTED),
          notRead(
              ".*\\.np[yz]",
              "NumPy's or MLX's arrays",
              "save them as model.safetensors, by the names and with the config.json of transformers"),
          notRead("openvino.*\\.bin|.*\\.xml", "an OpenVINO model", EXPORTED),
          notRead("ggml.*\\.bin", "a GGML file from before GGUF", "take the model's GGUF file"),
          notRead("model\\.bin", "a CTranslate2 model", EXPORTED),
          notRead(".*\\.pb|.*\\.pbtxt", "a TensorFlow graph", EXPORTED),
          notRead(".*\\.(tflite|mlmodel|mlpackage|mlmodelc)", "a model for phones", EXPORTED),
          notRead(".*\\.(engine|plan)", "a TensorRT engine", EXPORTED),
          notRead(".*\\.ot", "a model of rust-bert", EXPORTED),
          notRead(
              ".*\\.(zip|tar|tgz|gz|xz|bz2|zst|7z|rar)",
              "an archive",
              "unpack it and give the folder"));

  private OtherFormats() {}

  private record Format(Pattern name, String text) {
    Format(String name, String text) {
      this(Pattern.compile(name, Pattern.CASE_INSENSITIVE), text);
    }

    Optional<String> told(Path file) {
      return name.matcher(file.getFileName().toString()).matches()
          ? Optional.of(file + " is " + text)
          : Optional.empty();
    }
  }

  private static Format notRead(String name, String what, String remedy) {
    return new Format(name, what + ", which is not read: " + remedy);
  }

  /** What a folder without a checkpoint holds instead, and what to do; empty if that is unknown. */
  static Optional<String> inFolder(Path folder) {
    List<Path> files;
    try (Stream<Path> listing = Files.list(folder)) {
      files = listing.sorted().toList();
    } catch (IOException e) {
      throw new CheckpointException(folder + " cannot be read: " + e.getMessage(), e);
    }
    return FORMATS.stream()
        .flatMap(format -> files.stream().flatMap(file -> format.told(file).stream()))
        .findFirst();
  }

  /** What a file is that was given as a model, and what to do. */
  static String ofFile(Path file) {
    if (PART_OF_A_MODEL.matcher(file.getFileName().toString()).matches()) {
      return file + " is one file of a model: give its folder, " + file.getParent();
    }
    return FORMATS.stream()
        .flatMap(format -> format.told(file).stream())
        .findFirst()
        .orElse(
            file
                + " is no model of a known format: give a folder with config.json and"
                + " model.safetensors, or with hparams.json and model.ckpt.*, or a GGUF file");
  }
}
