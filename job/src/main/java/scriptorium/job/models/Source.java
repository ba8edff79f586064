package scriptorium.job.models;

import java.util.List;
import java.util.Locale;
import scriptorium.job.base.UserException;

/** Who gives a released model, and in which layout. */
public enum Source {
  /** OpenAI's own files. */
  TENSORFLOW(
      "https://openaipublic.blob.core.windows.net/gpt-2/models/{model}",
      List.of(
          "checkpoint",
          "hparams.json",
          "encoder.json",
          "vocab.bpe",
          "model.ckpt.index",
          "model.ckpt.meta",
          "model.ckpt.data-00000-of-00001"),
      "hparams.json"),
  /** Hugging Face's, whose server states the SHA-256 of every large file. */
  SAFETENSORS(
      "https://huggingface.co/openai-community/{repository}/resolve/main",
      List.of("config.json", "vocab.json", "merges.txt", "model.safetensors"),
      "config.json");

  private final String base;
  private final List<String> files;
  private final String shapeFile;

  Source(String base, List<String> files, String shapeFile) {
    this.base = base;
    this.files = files;
    this.shapeFile = shapeFile;
  }

  /**
   * The source of a word of the command line.
   *
   * @throws UserException if there is no such source
   */
  public static Source find(String word) {
    for (Source source : values()) {
      if (source.word().equals(word)) {
        return source;
      }
    }
    throw new UserException("Option --from " + word + ": give safetensors or tensorflow");
  }

  /** The public address, in which {@code {model}} and {@code {repository}} stand for names. */
  public String base() {
    return base;
  }

  /** Names of the files, small ones first. */
  List<String> files() {
    return files;
  }

  /** Name of the file that states the model's shape. */
  String shapeFile() {
    return shapeFile;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
