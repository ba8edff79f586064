package scriptorium.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import scriptorium.engine.generation.RowFailure;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.sampling.NonFiniteException;
import scriptorium.engine.text.Given;
import scriptorium.engine.tokenizer.TokenIds;

/**
 * Log-likelihoods of texts of any length, and what detectors of synthetic text make of the same
 * logits, in one pass. The first token is conditioned on the end-of-text token. A text longer than
 * the context goes through windows that begin a stride apart; each token is scored once, by the
 * first window that reaches it.
 *
 * <p>A text's result is a function of its tokens, the weights and the stride alone: the same bits
 * alone or among others, in any order, for any number of threads. Any number of threads may use one
 * scorer.
 *
 * <pre>{@code
 * try (ModelFolder folder = ModelFolder.open(Path.of("datasets/books-8M"));
 *     Model model = Model.load(folder);
 *     Engine engine = new Engine(model, EngineOptions.DEFAULT)) {
 *   Scorer scorer = new Scorer(engine, ScoringConfig.LIKELIHOODS);
 *   System.out.println(scorer.score("It was the best of times.").logLikelihood());
 * }
 * }</pre>
 */
public final class Scorer {
  /** Tokens of a text at most: places in it are counted by an int, a stride beyond its end too. */
  private static final int MOST_TOKENS = 1 << 30;

  private final Engine engine;
  private final ScoringConfig config;
  private final int context;
  private final int stride;

  /**
   * A scorer on an engine, which stays its owner's.
   *
   * @throws IllegalArgumentException for a stride longer than the context, or an argument that is
   *     null
   */
  public Scorer(Engine engine, ScoringConfig config) {
    Given.notNull(engine, "Engine of the scorer is", "an open one");
    Given.notNull(config, "Settings of the scorer are", "ScoringConfig.LIKELIHOODS");
    this.engine = engine;
    this.config = config;
    context = engine.model().config().contextLength();
    stride = config.stride() == 0 ? context : config.stride();
    if (stride > context) {
      throw new IllegalArgumentException(
          "Stride " + stride + " is longer than the context: give at most " + context);
    }
  }

  /**
   * Scores one text, of any length; an empty one has no tokens.
   *
   * @throws IllegalArgumentException for null
   * @throws NonFiniteException where its logits are not finite
   * @throws IllegalStateException where the engine is closed or has failed
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public TextScore score(String text) throws InterruptedException {
    Given.notNull(text, "Text is", "an empty one for no tokens");
    return score(List.of(text)).getFirst();
  }

  /**
   * Scores texts and returns their scores in the same order; ids count from 0.
   *
   * @throws IllegalArgumentException for null, or a text that is null
   * @throws NonFiniteException for the first text whose logits are not finite
   * @throws IllegalStateException where the engine is closed or has failed
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public List<TextScore> score(List<String> texts) throws InterruptedException {
    Given.notNull(texts, "Texts are", "an empty list for none");
    List<ScoringText> encoded = new ArrayList<>(texts.size());
    for (String text : texts) {
      Given.notNull(text, "Text " + encoded.size() + " is", "an empty one for no tokens");
      encoded.add(
          new ScoringText(encoded.size(), new int[0], engine.model().tokenizer().encode(text)));
    }
    TextScore[] scores = new TextScore[encoded.size()];
    score(encoded.iterator(), score -> scores[(int) score.id()] = score);
    return Arrays.asList(scores);
  }

  /**
   * Scores each text and blocks until all are handed over.
   *
   * @param texts pulled as the engine gets free, in the calling thread
   * @param scores takes finished scores, in the order in which they finish, in the calling thread
   * @throws IllegalArgumentException for an argument or a text that is null, or a token id that the
   *     model lacks; other callers are not concerned
   * @throws NonFiniteException for the first text whose logits are not finite
   * @throws IllegalStateException where the engine is closed or has failed
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void score(Iterator<ScoringText> texts, Consumer<TextScore> scores)
      throws InterruptedException {
    score(texts, scores, tokens -> {});
  }

  /**
   * The same, telling how far it is.
   *
   * @param tokensDone takes, in the calling thread, numbers of tokens as their windows are finished
   * @throws IllegalArgumentException for an argument or a text that is null, or a token id that the
   *     model lacks; other callers are not concerned
   * @throws NonFiniteException for the first text whose logits are not finite
   * @throws IllegalStateException where the engine is closed or has failed
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void score(
      Iterator<ScoringText> texts, Consumer<TextScore> scores, LongConsumer tokensDone)
      throws InterruptedException {
    score(
        texts,
        scores,
        failure -> {
          throw failure.exception();
        },
        tokensDone);
  }

  /**
   * The same, and texts that fail by their own arithmetic are handed over like scores: every text
   * comes back as one or the other.
   *
   * @param failures takes the failures of texts with their ids, in the calling thread
   * @param tokensDone takes, in the calling thread, numbers of tokens as their windows are finished
   * @throws IllegalArgumentException for an argument or a text that is null, or a token id that the
   *     model lacks; other callers are not concerned
   * @throws IllegalStateException where the engine is closed or has failed
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void score(
      Iterator<ScoringText> texts,
      Consumer<TextScore> scores,
      Consumer<RowFailure> failures,
      LongConsumer tokensDone)
      throws InterruptedException {
    Given.notNull(texts, "Texts are", "an iterator, an empty one for none");
    Given.notNull(scores, "Consumer of the scores is", "one that takes each finished score");
    Given.notNull(failures, "Consumer of the failures is", "one that takes each failed row");
    Given.notNull(tokensDone, "Consumer of token counts is", "one that takes each number");
    Windows windows = new Windows(texts, scores, failures);
    engine.score(
        windows,
        config.tokenDetails(),
        score -> {
          tokensDone.accept(score.tokenLogLikelihoods().length);
          windows.take(score);
        },
        windows::take);
  }

  /** Cuts texts into windows and puts the windows' scores together again. */
  private final class Windows implements Iterator<TokenWindow> {
    private final Iterator<ScoringText> texts;
    private final Consumer<TextScore> scores;
    private final Consumer<RowFailure> failures;
    private final Map<Long, Place> places = new HashMap<>();
    private long lastId = -1;
    private Part part;
    private TokenWindow next;

    Windows(
        Iterator<ScoringText> texts, Consumer<TextScore> scores, Consumer<RowFailure> failures) {
      this.texts = texts;
      this.scores = scores;
      this.failures = failures;
    }

    @Override
    public boolean hasNext() {
      while (next == null) {
        if (part == null) {
          if (!texts.hasNext()) {
            return false;
          }
          part = new Part(texts.next());
        }
        if (part.missing == 0) { // an empty text
          scores.accept(part.score);
          part = null;
        } else {
          cut();
        }
      }
      return true;
    }

    private void cut() {
      int from = part.from;
      int last = part.last();
      if (last >= part.target) {
        lastId++;
        places.put(lastId, new Place(part, part.target, last + 1 - part.target));
        next =
            new TokenWindow(
                lastId, Arrays.copyOfRange(part.sequence, from, last + 1), part.target - from);
        part.target = last + 1;
      }
      part.from += stride;
      if (last == part.sequence.length - 1) {
        part = null;
      }
    }

    @Override
    public TokenWindow next() {
      if (!hasNext()) {
        throw new NoSuchElementException("The texts have no more windows");
      }
      TokenWindow window = next;
      next = null;
      return window;
    }

    /** Puts a window's scores into its text's, which is handed over when nothing is missing. */
    void take(Score score) {
      Place place = places.remove(score.id());
      Part text = place.part;
      int at = place.target - text.firstTarget;
      int count = score.tokenLogLikelihoods().length;
      TextScore whole = text.score;
      System.arraycopy(score.tokenLogLikelihoods(), 0, whole.logLikelihoods(), at, count);
      if (config.tokenDetails()) {
        System.arraycopy(score.tokenRanks(), 0, whole.ranks(), at, count);
        System.arraycopy(score.tokenEntropies(), 0, whole.entropies(), at, count);
        System.arraycopy(score.tokenVariances(), 0, whole.variances(), at, count);
      }
      if (whole.crossEntropies() != null) {
        System.arraycopy(score.tokenCrossEntropies(), 0, whole.crossEntropies(), at, count);
      }
      done(place);
    }

    /** A text fails with the failure of its first window that does. */
    void take(RowFailure failure) {
      Place place = places.remove(failure.id());
      Part text = place.part;
      if (text.failure == null || failure.id() < text.failure.id()) {
        text.failure = failure;
      }
      done(place);
    }

    private void done(Place place) {
      Part text = place.part;
      text.missing -= place.count;
      if (text.missing == 0 && text.failure == null) {
        scores.accept(text.score);
      } else if (text.missing == 0) {
        failures.accept(new RowFailure(text.score.id(), text.failure.reason()));
      }
    }
  }

  /** Where a window's scores belong: a text, the first token of it that is scored, how many are. */
  private record Place(Part part, int target, int count) {}

  /** A text that is being scored: end-of-text token, prompt, tokens, and how far it has come. */
  private final class Part {
    final int[] sequence;
    final int firstTarget;
    final TextScore score;
    int from;
    int target;
    int missing;

    /** Of the first window that has failed; null for none. */
    RowFailure failure;

    Part(ScoringText text) {
      Given.notNull(text, "A text is", "one without tokens for an empty text");
      int vocabSize = engine.model().config().vocabSize();
      int[] given = TokenIds.checked(text.prompt(), vocabSize, "Prompt of text " + text.id());
      int[] tokens = TokenIds.checked(text.tokens(), vocabSize, "Text " + text.id());
      int prompt = given.length;
      int count = tokens.length;
      checkLength(text.id(), 1L + prompt + count);
      sequence = new int[1 + prompt + count];
      sequence[0] = engine.model().tokenizer().endOfText();
      System.arraycopy(given, 0, sequence, 1, prompt);
      System.arraycopy(tokens, 0, sequence, 1 + prompt, count);
      firstTarget = 1 + prompt;
      target = firstTarget;
      missing = count;
      boolean details = config.tokenDetails();
      score =
          new TextScore(
              text.id(),
              tokens,
              new double[count],
              new int[count],
              details ? new int[count] : null,
              details ? new double[count] : null,
              details ? new double[count] : null,
              engine.isObserved() ? new double[count] : null);
      contexts();
    }

    private static void checkLength(long id, long length) {
      if (length > MOST_TOKENS) {
        throw new IllegalArgumentException(
            "Text "
                + id
                + " has "
                + length
                + " tokens with its prompt: give at most "
                + MOST_TOKENS
                + ", the rest as another text");
      }
    }

    private void contexts() {
      int begin = 0;
      for (int i = firstTarget; i < sequence.length; i++) {
        while (i > begin + context) {
          begin += stride;
        }
        score.contexts()[i - firstTarget] = i - begin;
      }
    }

    /** Index of the last token that the next window scores. */
    int last() {
      return Math.min(from + context, sequence.length - 1);
    }
  }
}
