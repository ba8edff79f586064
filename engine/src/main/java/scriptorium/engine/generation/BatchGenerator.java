package scriptorium.engine.generation;

import java.util.Iterator;
import java.util.function.Consumer;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.Gpt2Model;
import scriptorium.engine.model.Gpt2Weights;
import scriptorium.engine.model.KvCache;
import scriptorium.engine.model.StepProfile;
import scriptorium.engine.model.WorkerGroup;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.Sampler;
import scriptorium.engine.text.Given;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * Continuous batching (Yu et al. 2022, Orca): one thread, the {@link StepLoop}, drives the steps of
 * one engine; a finished sequence's slot is refilled at the next step. Several callers feed it at
 * once, each from its own thread; slots go to the caller that came first as long as it has rows, so
 * that the end of one caller's work overlaps the start of the next one's, but no caller is passed
 * over without end: see {@link Admission}. Pages for a sequence's maximum length are reserved when
 * it is admitted, so that a step never runs out of them.
 */
public final class BatchGenerator implements AutoCloseable {
  private final Gpt2Config config;
  private final BytePairTokenizer tokenizer;
  private final KvCache cache;
  private final WorkerGroup workers;
  private final Gpt2Model model;
  private final Observer observer;
  private final Callers callers;
  private final ActivityMeter meter;
  private final Thread driver;

  /**
   * Starts the engine's threads.
   *
   * @param slots sequences in flight at most
   * @param cacheType type of the cached keys and values
   * @param cachePages pages of the cache, enough for one sequence of the whole context at least
   * @param stepRows rows of a step at most, slots at least
   * @param observerWeights a second model's, whose distributions scores compare with the first
   *     one's; null for none. An engine with one does not generate.
   * @param offHeap owner of caches and working memory; closed by its owner after this, or after
   *     this constructor has failed
   * @throws IllegalArgumentException for sizes other than these, or for a tokenizer or an observer
   *     that does not fit the weights
   */
  public BatchGenerator(
      Gpt2Weights weights,
      Gpt2Weights observerWeights,
      BytePairTokenizer tokenizer,
      Kernels kernels,
      int threads,
      int slots,
      CacheType cacheType,
      int cachePages,
      int stepRows,
      OffHeap offHeap) {
    if (slots < 1 || stepRows < slots) {
      throw new IllegalArgumentException(
          "Slots " + slots + " are not in 1.." + stepRows + ", the rows of a step");
    }
    config = weights.config();
    checkFit(config, observerWeights, tokenizer, cacheType, cachePages);
    this.tokenizer = tokenizer;
    cache = new KvCache(config, cacheType, cachePages, offHeap);
    callers = new Callers(slots, cachePages);
    meter = new ActivityMeter(slots, cachePages);
    Sampler[] samplers = new Sampler[threads];
    LogitsRow[] rows = new LogitsRow[threads];
    workers =
        new WorkerGroup(
            threads, Thread.ofPlatform().daemon().name("scriptorium-worker-", 1).factory());
    try {
      model = new Gpt2Model(weights, cache, workers, kernels, stepRows, offHeap);
      for (int i = 0; i < threads; i++) {
        samplers[i] = new Sampler(kernels, config.vocabSize(), offHeap);
        rows[i] = new LogitsRow(kernels, config.vocabSize(), offHeap);
      }
      observer =
          observerWeights == null
              ? Observer.NONE
              : new SecondModel(
                  observerWeights, cache, slots, workers, rows, kernels, stepRows, offHeap);
      StepLoop loop =
          new StepLoop(callers, cache, workers, model, observer, samplers, rows, meter, stepRows);
      driver = Thread.ofPlatform().daemon().name("scriptorium-worker-0").start(loop);
    } catch (RuntimeException | Error e) {
      workers.close();
      throw e;
    }
  }

  /** What does not fit would read or write beyond tables off the heap. */
  private static void checkFit(
      Gpt2Config config,
      Gpt2Weights observerWeights,
      BytePairTokenizer tokenizer,
      CacheType cacheType,
      int cachePages) {
    int least = KvCache.pagesFor(config, cacheType, config.contextLength());
    if (cachePages < least) {
      throw new IllegalArgumentException(
          "Cache pages " + cachePages + " hold no sequence of the context: give at least " + least);
    }
    if (tokenizer.vocabSize() != config.vocabSize()) {
      throw new IllegalArgumentException(
          "Tokenizer of "
              + tokenizer.vocabSize()
              + " tokens for a model of "
              + config.vocabSize()
              + ": give the model's own");
    }
    if (observerWeights != null
        && (observerWeights.config().vocabSize() != config.vocabSize()
            || observerWeights.config().contextLength() < config.contextLength())) {
      throw new IllegalArgumentException(
          "Observer of "
              + observerWeights.config().vocabSize()
              + " tokens and a context of "
              + observerWeights.config().contextLength()
              + " for a model of "
              + config.vocabSize()
              + " and "
              + config.contextLength()
              + ": give one with the same tokens and a context as long");
    }
  }

  /**
   * Bytes off the heap of all that is not cache.
   *
   * @param observer shape of the second model, null for none
   * @param stepRows rows of a step at most
   */
  public static long stepBytes(Gpt2Config config, Gpt2Config observer, int threads, int stepRows) {
    return Gpt2Model.bytes(config, stepRows, threads)
        + threads * (Sampler.bytes(config.vocabSize()) + LogitsRow.bytes())
        + (observer == null ? 0 : SecondModel.bytes(observer, stepRows, threads));
  }

  /**
   * Bytes of the caches; the largest long where they are more.
   *
   * @param observer shape of the second model, null for none
   * @param pages of the first model's cache
   */
  public static long cacheBytes(
      Gpt2Config config, Gpt2Config observer, CacheType type, long pages, int slots) {
    long bytes = bytes(pages, KvCache.pageBytes(config, type));
    if (observer == null) {
      return bytes;
    }
    int positions = KvCache.pagePositions(config, type);
    long observers = SecondModel.pages(observer, type, pages, positions, slots);
    long more = bytes(observers, KvCache.pageBytes(observer, type));
    return more > Long.MAX_VALUE - bytes ? Long.MAX_VALUE : bytes + more;
  }

  private static long bytes(long pages, long pageBytes) {
    return pages > Long.MAX_VALUE / pageBytes ? Long.MAX_VALUE : pages * pageBytes;
  }

  /**
   * Longest prompt, in tokens without the leading end-of-text token, that leaves room for one new
   * token.
   */
  public int maxPromptLength() {
    return GeneratingSource.maxPromptLength(config);
  }

  /**
   * Generates a sample for each prompt. Blocks until all are handed over; prompts are pulled and
   * samples handed over in the calling thread, samples in the order in which they finish. Prompts
   * that follow each other and begin alike have their beginning computed once, as have the
   * candidates of one row.
   *
   * @param failures takes the rows whose arithmetic left the finite numbers, as samples are taken
   * @throws IllegalArgumentException for an argument or a prompt that is null, a token id that the
   *     model lacks, or a prompt that leaves no room in the context; other callers are not
   *     concerned
   * @throws IllegalStateException where the engine has an observer, is closed or has failed
   * @throws Error where one ended the engine while rows of this caller were in it
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void generate(
      Iterator<Prompt> prompts,
      GenerationConfig settings,
      Consumer<Sample> samples,
      Consumer<RowFailure> failures)
      throws InterruptedException {
    Given.notNull(prompts, "Prompts are", "an iterator, an empty one for no rows");
    Given.notNull(settings, "Settings of the generation are", "a GenerationConfig");
    Given.notNull(samples, "Consumer of the samples is", "one that takes each finished sample");
    Given.notNull(failures, "Consumer of the failures is", "one that takes each failed row");
    if (observer.observes()) {
      throw new IllegalStateException("An engine with an observer only scores: open one without");
    }
    callers.run(
        prompts,
        new GeneratingSource(
            callers.lock(), config, cache, tokenizer, settings, samples, failures));
  }

  /**
   * Scores the tokens of each window. Blocks like {@link #generate}. Windows that follow each other
   * and begin alike, such as continuations of one prompt, have their beginning computed once.
   *
   * @param tokenDetails whether ranks, entropies and variances are wanted
   * @param failures takes the windows whose arithmetic left the finite numbers, as scores are taken
   * @throws IllegalArgumentException for an argument or a window that is null, a token id that the
   *     model lacks, or a window of more tokens than the context holds and one; other callers are
   *     not concerned
   * @throws IllegalStateException where the engine is closed or has failed
   * @throws Error where one ended the engine while windows of this caller were in it
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void score(
      Iterator<TokenWindow> windows,
      boolean tokenDetails,
      Consumer<Score> scores,
      Consumer<RowFailure> failures)
      throws InterruptedException {
    Given.notNull(windows, "Windows are", "an iterator, an empty one for no rows");
    Given.notNull(scores, "Consumer of the scores is", "one that takes each finished score");
    Given.notNull(failures, "Consumer of the failures is", "one that takes each failed row");
    callers.run(
        windows,
        new ScoringSource(callers.lock(), config, cache, observer, tokenDetails, scores, failures));
  }

  /** Whether it takes rows: it is neither closed nor has it failed; any thread may ask. */
  public boolean isUsable() {
    return callers.isUsable();
  }

  /** Where the time of the steps so far went; exact while nothing is in flight. */
  public StepProfile profile() {
    return model.profile();
  }

  /** What has been done so far, and what is in flight; any thread may ask. */
  public Activity activity() {
    return meter.read();
  }

  @Override
  public void close() {
    callers.close();
    boolean interrupted = false;
    while (driver.isAlive()) {
      try {
        driver.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    workers.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
