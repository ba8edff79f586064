package scriptorium.job.command;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.job.spark.MemoryNeed;

/** {@code model info}: shape, size, hashes, memory and speed of a model. */
@Command(
    name = "info",
    description = "Shows a model's shape, size and hashes, the memory it needs and its speed here.")
final class InfoCommand implements Callable<Integer> {
  private static final List<Integer> SEQUENCES = List.of(32, 128, 256);
  private static final int TOP_K = 40;

  private final PrintStream out = System.out;

  @Parameters(
      paramLabel = "DIR|NAME",
      arity = "0..1",
      defaultValue = "books-8M",
      description = "model folder, GGUF file or name (default: ${DEFAULT-VALUE})")
  private String model;

  @Mixin private ModelsDirOption models;

  @Option(names = "--tensors", description = "every tensor's type and shape as well")
  private boolean tensors;

  @Option(
      names = "--measure",
      description = "draw samples for some seconds and say how many tokens/s that was")
  private boolean measure;

  @Override
  public Integer call() throws InterruptedException {
    try (ModelFolder folder = models.open(model)) {
      shape(folder);
      String weightsHash = folder.weightsHash(); // refuses weights that are not finite
      memory(folder);
      speed(folder);
      line("weights SHA-256 %s", weightsHash);
      line("tokenizer SHA-256 %s", folder.tokenizerHash());
      folder.fileHashes().forEach((name, hash) -> line("  %s %s", name, hash));
      if (tensors) {
        folder.tensorShapes().forEach((name, shape) -> line("%s %s", name, shape));
      }
    }
    return 0;
  }

  private void shape(ModelFolder folder) {
    Gpt2Config config = folder.config();
    line(
        "%s: %s, %s, %,d parameters",
        folder.name(), folder.format(), folder.dataType(), folder.parameters());
    line(
        "layers %d, width %d, heads %d, context %d, vocabulary %d",
        config.numLayers(),
        config.embeddingSize(),
        config.numHeads(),
        config.contextLength(),
        config.vocabSize());
  }

  private void memory(ModelFolder folder) {
    line(
        "memory beside the heap: weights %s, KV cache, and %s of the JVM",
        mebibytes(need(folder, 1, CacheType.F32).weights()), mebibytes(MemoryNeed.OTHER));
    line("%28s%13s%14s%13s", "KV cache f32", "in all", "KV cache f16", "in all");
    for (int sequences : SEQUENCES) {
      MemoryNeed wide = need(folder, sequences, CacheType.F32);
      MemoryNeed narrow = need(folder, sequences, CacheType.F16);
      line(
          "%5d sequences%14s%13s%14s%13s",
          sequences,
          mebibytes(wide.wantedCache()),
          mebibytes(wide.total(0)),
          mebibytes(narrow.wantedCache()),
          mebibytes(narrow.total(0)));
    }
  }

  private static MemoryNeed need(ModelFolder folder, int sequences, CacheType type) {
    return MemoryNeed.of(folder, null, new EngineOptions(0, sequences, 0, 0, type));
  }

  /**
   * MiB, with a decimal and rounded up below 10 MiB, so that no part of a small model shows as 0.
   */
  private static String mebibytes(long bytes) {
    return bytes < 10 << 20
        ? String.format(Locale.ROOT, "%.1f MiB", Math.ceil(bytes * 10.0 / (1 << 20)) / 10)
        : MemoryNeed.mebibytes(bytes);
  }

  private void speed(ModelFolder folder) throws InterruptedException {
    int threads = Runtime.getRuntime().availableProcessors();
    double peak = Engine.peakGflops(threads);
    int context = folder.config().contextLength();
    line(
        "tokens/s on %d threads of this machine (%s, %.0f GFLOP/s): at most %,.0f in samples of 128 tokens, %,.0f in samples of"
            + " the whole context",
        threads,
        Engine.kernelsHere(),
        peak,
        limit(folder, peak, Math.min(128, context)),
        limit(folder, peak, context));
    if (measure) {
      GenerationConfig config = new GenerationConfig(1, TOP_K, 1, 1, 0, 1, false);
      line("measured here: %s", SpeedProbe.measure(folder, EngineOptions.DEFAULT, config));
    }
  }

  /** Tokens/s if all multiply-adds of samples of so many tokens went at the peak rate. */
  private static double limit(ModelFolder folder, double peakGflops, int tokens) {
    return peakGflops * 1e9 / folder.config().flops((tokens + 1) / 2);
  }

  private void line(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
  }
}
