package scriptorium.engine.generation;

import java.util.Arrays;
import java.util.function.Consumer;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.SampleRandom;
import scriptorium.engine.sampling.Sampler;

/** A sequence that is being generated: prompt, then one drawn token a step. */
final class GeneratingFlight extends Flight {
  /** Stream of the counter-based generator that draws tokens; stream 1 draws a row's top-p. */
  private static final int TOKEN_STREAM = 0;

  private static final int TOP_P_STREAM = 1;

  private final Prompt prompt;
  private final GenerationConfig config;
  private final int endOfText;
  private final int firstNew;
  private final double topP;
  private final double[] logLikelihoods;
  private final double[] samplingLogLikelihoods;
  private final int[] ranks;
  private final double[] entropies;
  private final Consumer<Sample> samples;

  GeneratingFlight(
      Source source,
      CachedSequence cached,
      int reservedPages,
      Prompt prompt,
      int maxNewTokens,
      int endOfText,
      GenerationConfig config,
      Consumer<Sample> samples) {
    super(
        source,
        cached,
        null,
        reservedPages,
        start(prompt, maxNewTokens, endOfText),
        prompt.tokens().length + 1);
    this.prompt = prompt;
    this.config = config;
    this.endOfText = endOfText;
    this.samples = samples;
    firstNew = known;
    topP = config.topPDrawn() ? drawTopP() : config.topPLow();
    logLikelihoods = new double[maxNewTokens];
    samplingLogLikelihoods = new double[maxNewTokens];
    ranks = config.tokenDetails() ? new int[maxNewTokens] : null;
    entropies = config.tokenDetails() ? new double[maxNewTokens] : null;
  }

  private static int[] start(Prompt prompt, int maxNewTokens, int endOfText) {
    int[] tokens = new int[1 + prompt.tokens().length + maxNewTokens];
    tokens[0] = endOfText;
    System.arraycopy(prompt.tokens(), 0, tokens, 1, prompt.tokens().length);
    return tokens;
  }

  private double drawTopP() {
    double u = SampleRandom.uniform(config.seed(), prompt.streamId(), 0, TOP_P_STREAM);
    return config.topPLow() + u * (config.topPHigh() - config.topPLow());
  }

  @Override
  boolean generates() {
    return true;
  }

  @Override
  long id() {
    return prompt.streamId();
  }

  @Override
  int tokensDone() {
    return known - firstNew;
  }

  @Override
  int waiting() {
    return known - cached.length();
  }

  @Override
  boolean wants(int position) {
    return position == known - 1;
  }

  @Override
  void accept(int position, LogitsRow row, Sampler sampler) {
    double uniform =
        SampleRandom.uniform(config.seed(), prompt.streamId(), position + 1, TOKEN_STREAM);
    int token = sampler.sample(row, config.temperature(), config.topK(), topP, uniform);
    int index = known - firstNew;
    tokens[known] = token;
    logLikelihoods[index] = row.logProbability(token);
    samplingLogLikelihoods[index] = sampler.logProbability();
    if (ranks != null) {
      ranks[index] = row.rank(token);
      entropies[index] = row.entropy();
    }
  }

  @Override
  boolean advance() {
    if (cached.length() < known) {
      return false; // the prompt is not read to its end yet
    }
    known++;
    return tokens[known - 1] == endOfText || known == tokens.length;
  }

  @Override
  void deliver() {
    int count = tokensDone();
    double logLikelihood = 0;
    double samplingLogLikelihood = 0;
    for (int i = 0; i < count; i++) {
      logLikelihood += logLikelihoods[i];
      samplingLogLikelihood += samplingLogLikelihoods[i];
    }
    Sample sample =
        new Sample(
            prompt.streamId(),
            tokens[known - 1] == endOfText,
            Arrays.copyOfRange(tokens, firstNew, known),
            logLikelihood,
            samplingLogLikelihood,
            topP,
            Arrays.copyOf(logLikelihoods, count),
            Arrays.copyOf(samplingLogLikelihoods, count),
            ranks == null ? null : Arrays.copyOf(ranks, count),
            entropies == null ? null : Arrays.copyOf(entropies, count));
    source.finished(() -> samples.accept(sample));
  }
}
