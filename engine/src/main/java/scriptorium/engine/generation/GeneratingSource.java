package scriptorium.engine.generation;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.KvCache;
import scriptorium.engine.text.Given;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.engine.tokenizer.TokenIds;

/** A caller who has samples generated. */
final class GeneratingSource extends FedSource<Prompt> {
  private final Gpt2Config config;
  private final KvCache cache;
  private final BytePairTokenizer tokenizer;
  private final GenerationConfig settings;
  private final Consumer<Sample> samples;
  private final Consumer<RowFailure> failures;
  private BestOf best;
  private int candidate;

  GeneratingSource(
      ReentrantLock lock,
      Gpt2Config config,
      KvCache cache,
      BytePairTokenizer tokenizer,
      GenerationConfig settings,
      Consumer<Sample> samples,
      Consumer<RowFailure> failures) {
    super(lock, cache);
    this.config = config;
    this.cache = cache;
    this.tokenizer = tokenizer;
    this.settings = settings;
    this.samples = samples;
    this.failures = failures;
  }

  /** Tokens of the longest prompt that leaves room for a new token behind the end-of-text token. */
  static int maxPromptLength(Gpt2Config config) {
    return config.contextLength() - 2;
  }

  @Override
  Prompt admissible(Prompt prompt) {
    Given.notNull(prompt, "A prompt is", "one without tokens for an unconditional sample");
    String name = "Prompt of row " + prompt.streamId();
    if (prompt.tokens().length > maxPromptLength(config)) {
      throw new IllegalArgumentException(
          name
              + " has "
              + prompt.tokens().length
              + " tokens: the context of "
              + config.contextLength()
              + " leaves room for "
              + maxPromptLength(config));
    }
    int[] tokens = TokenIds.checked(prompt.tokens(), config.vocabSize(), name);
    return new Prompt(prompt.streamId(), tokens, prompt.own());
  }

  GenerationConfig settings(Prompt prompt) {
    return prompt.settings(settings);
  }

  BytePairTokenizer tokenizer() {
    return tokenizer;
  }

  int endOfText() {
    return tokenizer.endOfText();
  }

  /** Called by the driving thread. */
  void deliver(Sample sample) {
    finished(() -> samples.accept(sample));
  }

  /** Called by the driving thread. */
  void deliver(RowFailure failure) {
    finished(() -> failures.accept(failure));
  }

  private int newTokens(Prompt prompt) {
    int room = config.contextLength() - 1 - prompt.tokens().length;
    int most = settings(prompt).maxNewTokens();
    return most == 0 ? room : Math.min(room, most);
  }

  @Override
  int nextPositions() {
    Prompt prompt = waiting.getFirst();
    return prompt.tokens().length + newTokens(prompt); // the last token drawn is never fed
  }

  /** The next candidate of the first waiting row, which waits until its last one is in flight. */
  @Override
  Flight admit(int pages) {
    int positions = nextPositions();
    Prompt prompt = waiting.getFirst();
    GenerationConfig own = settings(prompt);
    if (candidate == 0) {
      best = own.bestOf() == 1 ? null : new BestOf(own.bestOf(), own.bestOfBy());
    }
    Flight flight =
        new GeneratingFlight(
            this,
            new CachedSequence(cache, positions),
            pages,
            prompt,
            newTokens(prompt),
            best,
            candidate);
    candidate++;
    if (candidate == own.bestOf()) {
      waiting.removeFirst();
      candidate = 0;
    }
    return sharing(flight);
  }
}
