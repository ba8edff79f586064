package scriptorium.job.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scriptorium.engine.ModelConverter;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.UserException;

/** {@code model convert}: writes a model in another layout or element type. */
@Command(
    name = "convert",
    description = "Writes a model in another layout or element type, into a new folder.")
final class ConvertCommand implements Callable<Integer> {
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})(k|m|g)?(b|ib)?");

  @Parameters(index = "0", paramLabel = "SRC", description = "model folder, GGUF file or name")
  private String source;

  @Parameters(index = "1", paramLabel = "DST", description = "folder to write, not there yet")
  private String target;

  @Option(
      names = "--to",
      paramLabel = "safetensors|tensorflow",
      defaultValue = "safetensors",
      description = "Hugging Face's layout or OpenAI's (default: ${DEFAULT-VALUE})")
  private String layout;

  @Option(
      names = "--dtype",
      paramLabel = "f32|f16|bf16",
      description = "element type, rounded to nearest, ties to even (default: as stored)")
  private String type;

  @Option(
      names = "--max-shard-size",
      paramLabel = "BYTES",
      description =
          "weights a safetensors file holds at most, as 500m or 2g; a tensor that is larger has a"
              + " file of its own (default: one file)")
  private String maxShardSize;

  @Mixin private ModelsDirOption models;

  @Override
  public Integer call() {
    check("--to", layout, ModelConverter.LAYOUTS);
    if (type != null) {
      check("--dtype", type, ModelConverter.TYPES);
    }
    if (target.isEmpty()) {
      throw new UserException("The name of the folder to write is empty: give a new one");
    }
    long shardBytes = maxShardSize == null ? 0 : bytes(maxShardSize);
    Path at = Path.of(target);
    try (ModelFolder folder = models.open(source)) {
      ModelConverter.convert(folder, at, layout, type, shardBytes);
    }
    try (ModelFolder written = ModelFolder.open(at)) {
      System.out.printf(
          Locale.ROOT,
          "%s: %s, %s, %,d parameters%nweights SHA-256 %s%n",
          at,
          written.format(),
          written.dataType(),
          written.parameters(),
          written.weightsHash());
    }
    return 0;
  }

  private static void check(String option, String value, List<String> known) {
    if (!known.contains(value)) {
      throw new UserException(
          "Option "
              + option
              + " "
              + value
              + ": give "
              + String.join(", ", known.subList(0, known.size() - 1))
              + " or "
              + known.getLast());
    }
  }

  /** 500m to bytes: binary multiples, as the other options for memory have. */
  static long bytes(String size) {
    Matcher matcher = SIZE.matcher(size.toLowerCase(Locale.ROOT));
    long bytes = matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
    int shift =
        switch (matcher.matches() && matcher.group(2) != null ? matcher.group(2) : "") {
          case "k" -> 10;
          case "m" -> 20;
          case "g" -> 30;
          default -> 0;
        };
    if (bytes < 1 || bytes > Long.MAX_VALUE >> shift) {
      throw new UserException(
          "Invalid max shard size " + size + ": give bytes, or a size such as 500m or 2g");
    }
    return bytes << shift;
  }
}
