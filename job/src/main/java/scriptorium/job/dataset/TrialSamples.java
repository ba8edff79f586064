package scriptorium.job.dataset;

import java.util.stream.LongStream;
import scriptorium.engine.Engine;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;

/** Short samples that nobody keeps: to measure an engine's speed, or to have its code compiled. */
public final class TrialSamples {
  /** Samples of a trial. */
  public static final int COUNT = 64;

  private TrialSamples() {}

  /**
   * Draws samples without prompts, of one candidate a row.
   *
   * @param config how tokens are drawn
   * @param most tokens of a sample, where {@code config} does not want fewer
   * @return the tokens drawn, end tokens included
   */
  public static long draw(Engine engine, GenerationConfig config, int most)
      throws InterruptedException {
    int wanted = config.maxNewTokens() == 0 ? most : Math.min(config.maxNewTokens(), most);
    long[] tokens = new long[1];
    engine.generate(
        LongStream.range(0, COUNT).mapToObj(id -> new Prompt(id, new int[0])).iterator(),
        config
            .withSampling(config.sampling().withMinNewTokens(0))
            .withMaxNewTokens(Math.min(wanted, engine.model().config().contextLength() - 1))
            .withBestOf(1, config.bestOfBy()),
        sample -> tokens[0] += sample.tokens().length + (sample.ended() ? 1 : 0));
    return tokens[0];
  }
}
