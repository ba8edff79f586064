package scriptorium.engine.generation;

import java.util.Arrays;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.SampleRandom;
import scriptorium.engine.sampling.Sampler;
import scriptorium.engine.sampling.SamplingConfig;

/** A sequence that is being generated: prompt, then one drawn token a step. */
final class GeneratingFlight extends Flight {
  /** Stream of the counter-based generator that draws a row's top-p; the others draw tokens. */
  private static final int TOP_P_STREAM = 1;

  private final GeneratingSource generating;
  private final Prompt prompt;
  private final GenerationConfig config;
  private final SamplingConfig sampling;
  private final int tokenStream;
  private final BestOf best;
  private final int candidate;
  private final int endOfText;
  private final int firstNew;
  private final double topP;
  private final StopSearch stops;
  private final double[] logLikelihoods;
  private final double[] samplingLogLikelihoods;
  private final int[] ranks;
  private final double[] entropies;
  private Sample.Stop stop;

  /**
   * @param candidate number of this one among those of its row
   * @param best takes the candidates; null where there is one
   */
  GeneratingFlight(
      GeneratingSource source,
      CachedSequence cached,
      int reservedPages,
      Prompt prompt,
      int maxNewTokens,
      BestOf best,
      int candidate) {
    super(
        source,
        cached,
        null,
        reservedPages,
        start(prompt, maxNewTokens, source.endOfText()),
        prompt.tokens().length + 1);
    generating = source;
    this.prompt = prompt;
    this.best = best;
    this.candidate = candidate;
    config = source.settings(prompt);
    sampling = config.sampling();
    tokenStream = candidate < TOP_P_STREAM ? candidate : candidate + 1;
    endOfText = source.endOfText();
    firstNew = known;
    topP = sampling.topPDrawn() ? drawTopP() : sampling.topPLow();
    stops = config.stops().isEmpty() ? null : new StopSearch(source.tokenizer(), config.stops());
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
    return sampling.topPLow() + u * (sampling.topPHigh() - sampling.topPLow());
  }

  @Override
  int sharable() {
    return firstNew - 1;
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
        SampleRandom.uniform(config.seed(), prompt.streamId(), position + 1, tokenStream);
    int token =
        sampling.adjustsLogits()
            ? drawAdjusted(row, sampler, uniform)
            : sampler.sample(row, sampling, topP, uniform);
    int index = known - firstNew;
    tokens[known] = token;
    logLikelihoods[index] = row.logProbability(token);
    samplingLogLikelihoods[index] = sampler.logProbability();
    if (ranks != null) {
      ranks[index] = row.rank(token);
      entropies[index] = row.entropy();
    }
    if (stops != null && token != endOfText) {
      stop = stops.add(token);
    }
  }

  /**
   * Draws by what the sequence holds so far; the leading end-of-text token is no part of it. Where
   * every token is banned, the end token is the one that is left.
   */
  private int drawAdjusted(LogitsRow row, Sampler sampler, double uniform) {
    LogitsRow left =
        sampler.adjusted().adjust(row, sampling, tokens, 1, known, known - firstNew, endOfText);
    return left == null
        ? sampler.certain(endOfText)
        : sampler.sample(left, sampling, topP, uniform);
  }

  @Override
  boolean advance() {
    if (cached.length() < known) {
      return false; // the prompt is not read to its end yet
    }
    known++;
    return tokens[known - 1] == endOfText || stop != null || known == tokens.length;
  }

  @Override
  void deliver() {
    if (best == null) {
      if (failure() == null) {
        generating.deliver(sample());
      } else {
        generating.deliver(rowFailure());
      }
      return;
    }
    Sample chosen = null;
    if (failure() == null) {
      chosen = best.offer(candidate, sample());
    } else {
      best.fail(candidate, rowFailure());
    }
    if (chosen != null) {
      generating.deliver(chosen);
    } else if (best.failure() != null) {
      generating.deliver(best.failure());
    }
  }

  private RowFailure rowFailure() {
    return new RowFailure(prompt.streamId(), failure());
  }

  private Sample sample() {
    int count = tokensDone();
    double logLikelihood = 0;
    double samplingLogLikelihood = 0;
    for (int i = 0; i < count; i++) {
      logLikelihood += logLikelihoods[i];
      samplingLogLikelihood += samplingLogLikelihoods[i];
    }
    return new Sample(
        prompt.streamId(),
        tokens[known - 1] == endOfText,
        Arrays.copyOfRange(tokens, firstNew, known),
        logLikelihood,
        samplingLogLikelihood,
        topP,
        stop,
        Arrays.copyOf(logLikelihoods, count),
        Arrays.copyOf(samplingLogLikelihoods, count),
        ranks == null ? null : Arrays.copyOf(ranks, count),
        entropies == null ? null : Arrays.copyOf(entropies, count));
  }
}
