package scriptorium.job.command;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.job.dataset.TrialSamples;
import scriptorium.job.spark.MemoryNeed;

/** Measures for some seconds how fast this machine draws samples, which are short yet. */
final class SpeedProbe {
  private static final int WARM_TOKENS = 8;
  private static final int TOKENS = 32;

  /**
   * Rounds go on for so long, as the first ones of a small model are over before it is compiled.
   */
  private static final long NANOS = TimeUnit.SECONDS.toNanos(8);

  private SpeedProbe() {}

  /** What the fastest round came to. */
  record Rate(double tokensPerSecond) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%,.0f tokens/s (%d samples of %d tokens)",
          tokensPerSecond,
          TrialSamples.COUNT,
          TOKENS);
    }
  }

  /**
   * Draws samples of one candidate a row and of {@code TOKENS} tokens, if so many are wanted, with
   * the cache that an executor alone on this machine would take.
   */
  static Rate measure(ModelFolder folder, EngineOptions options, GenerationConfig config)
      throws InterruptedException {
    long cache = MemoryNeed.of(folder, null, options).cacheBytesHere();
    EngineOptions sized =
        new EngineOptions(
            options.threads(), options.slots(), cache, 0, options.cacheType(), options.kernels());
    try (Model model = Model.load(folder);
        Engine engine = new Engine(model, sized)) {
      TrialSamples.draw(engine, config, WARM_TOKENS);
      double best = 0;
      long end = System.nanoTime() + NANOS;
      do {
        long start = System.nanoTime();
        long tokens = TrialSamples.draw(engine, config, TOKENS);
        best = Math.max(best, tokens / ((System.nanoTime() - start) / 1e9));
      } while (System.nanoTime() - end < 0);
      return new Rate(best);
    }
  }
}
