package scriptorium.engine.generation;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.KvCache;
import scriptorium.engine.text.Given;
import scriptorium.engine.tokenizer.TokenIds;

/** A caller who has windows scored. */
final class ScoringSource extends FedSource<TokenWindow> {
  private final Gpt2Config config;
  private final KvCache cache;
  private final Observer observer;
  private final boolean tokenDetails;
  private final Consumer<Score> scores;
  private final Consumer<RowFailure> failures;

  ScoringSource(
      ReentrantLock lock,
      Gpt2Config config,
      KvCache cache,
      Observer observer,
      boolean tokenDetails,
      Consumer<Score> scores,
      Consumer<RowFailure> failures) {
    super(lock, cache);
    this.config = config;
    this.cache = cache;
    this.observer = observer;
    this.tokenDetails = tokenDetails;
    this.scores = scores;
    this.failures = failures;
  }

  @Override
  TokenWindow admissible(TokenWindow window) {
    Given.notNull(window, "A window is", "one of at least one token");
    String name = "Window " + window.id();
    if (window.tokens().length - 1 > config.contextLength()) {
      throw new IllegalArgumentException(
          name
              + " has "
              + window.tokens().length
              + " tokens: the context holds "
              + config.contextLength()
              + " and the last one need not be held");
    }
    int[] tokens = TokenIds.checked(window.tokens(), config.vocabSize(), name);
    return new TokenWindow(window.id(), tokens, window.given());
  }

  @Override
  int nextPositions() {
    return Math.max(1, waiting.getFirst().tokens().length - 1);
  }

  @Override
  Flight admit(int pages) {
    int positions = nextPositions();
    TokenWindow window = waiting.removeFirst();
    return sharing(
        new ScoringFlight(
            this,
            new CachedSequence(cache, positions),
            observer.sequence(positions),
            pages,
            window,
            tokenDetails,
            scores,
            failures));
  }
}
