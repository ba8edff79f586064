package scriptorium.engine.generation;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.KvCache;

/** A caller who has samples generated. */
final class GeneratingSource extends FedSource<Prompt> {
  private final Gpt2Config config;
  private final KvCache cache;
  private final int endOfText;
  private final GenerationConfig settings;
  private final Consumer<Sample> samples;

  GeneratingSource(
      ReentrantLock lock,
      Gpt2Config config,
      KvCache cache,
      int endOfText,
      GenerationConfig settings,
      Consumer<Sample> samples) {
    super(lock);
    this.config = config;
    this.cache = cache;
    this.endOfText = endOfText;
    this.settings = settings;
    this.samples = samples;
  }

  /** Tokens of the longest prompt that leaves room for a new token behind the end-of-text token. */
  static int maxPromptLength(Gpt2Config config) {
    return config.contextLength() - 2;
  }

  @Override
  void check(Prompt prompt) {
    if (prompt.tokens().length > maxPromptLength(config)) {
      throw new IllegalArgumentException(
          "Prompt of row "
              + prompt.streamId()
              + " has "
              + prompt.tokens().length
              + " tokens: the context of "
              + config.contextLength()
              + " leaves room for "
              + maxPromptLength(config));
    }
  }

  private int newTokens(Prompt prompt) {
    int room = config.contextLength() - 1 - prompt.tokens().length;
    return settings.maxNewTokens() == 0 ? room : Math.min(room, settings.maxNewTokens());
  }

  @Override
  int nextPositions() {
    Prompt prompt = waiting.getFirst();
    return prompt.tokens().length + newTokens(prompt); // the last token drawn is never fed
  }

  @Override
  Flight admit(int pages) {
    int positions = nextPositions();
    Prompt prompt = waiting.removeFirst();
    return new GeneratingFlight(
        this,
        new CachedSequence(cache, positions),
        pages,
        prompt,
        newTokens(prompt),
        endOfText,
        settings,
        samples);
  }
}
