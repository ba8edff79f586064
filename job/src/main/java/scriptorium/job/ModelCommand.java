package scriptorium.job;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.job.config.ModelLocator;

/** {@code model}: models as folders. {@code model info}: what one holds. */
@Command(
    name = "model",
    description = "Fetches, converts and looks at models.",
    subcommands = {ModelCommand.Info.class, FetchCommand.class, ConvertCommand.class})
final class ModelCommand implements Runnable {
  @Override
  public void run() {
    throw new UserException(
        "Command model needs a command of its own: give model info, fetch or convert");
  }

  /** Shapes, counts, hashes, memory. */
  @Command(name = "info", description = "Shows a model's shape, size, hashes and memory.")
  static final class Info implements Callable<Integer> {
    @Parameters(
        paramLabel = "DIR|NAME",
        arity = "0..1",
        defaultValue = "books-8M",
        description = "model folder or name (default: ${DEFAULT-VALUE})")
    private String model;

    @Option(
        names = "--models-dir",
        paramLabel = "DIR",
        defaultValue = "models",
        description = "where named models lie (default: ./models)")
    private String modelsDir;

    @Option(names = "--tensors", description = "every tensor's type and shape as well")
    private boolean tensors;

    @Override
    public Integer call() {
      try (ModelFolder folder = ModelFolder.open(ModelLocator.find(model, modelsDir))) {
        Gpt2Config config = folder.config();
        System.out.printf(
            Locale.ROOT,
            "%s: %s, %s, %,d parameters%n",
            folder.name(),
            folder.format(),
            folder.dataType(),
            folder.parameters());
        System.out.printf(
            Locale.ROOT,
            "layers %d, width %d, heads %d, context %d, vocabulary %d%n",
            config.numLayers(),
            config.embeddingSize(),
            config.numHeads(),
            config.contextLength(),
            config.vocabSize());
        System.out.printf(
            Locale.ROOT,
            "memory: weights %d MiB, KV cache %.1f MiB a sequence of the whole context%n",
            folder.parameters() * 4 >> 20,
            config.contextLength() * 8.0 * config.numLayers() * config.embeddingSize() / (1 << 20));
        System.out.println("weights SHA-256 " + folder.weightsHash());
        System.out.println("tokenizer SHA-256 " + folder.tokenizerHash());
        for (Map.Entry<String, String> file : folder.fileHashes().entrySet()) {
          System.out.println("  " + file.getKey() + " " + file.getValue());
        }
        if (tensors) {
          folder.tensorShapes().forEach((name, shape) -> System.out.println(name + " " + shape));
        }
      }
      return 0;
    }
  }
}
