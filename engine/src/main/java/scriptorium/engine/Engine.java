package scriptorium.engine;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import scriptorium.engine.generation.Activity;
import scriptorium.engine.generation.BatchGenerator;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.RowFailure;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.Gpt2Model;
import scriptorium.engine.model.KvCache;
import scriptorium.engine.model.StepProfile;
import scriptorium.engine.sampling.NonFiniteException;
import scriptorium.engine.text.Given;

/**
 * GPT-2 on the processor: generates samples and scores texts with continuous batching. One engine a
 * JVM, with its own worker threads; any number of threads may call it at once and share its running
 * batch. A row's result is a function of weights, tokenizer, settings, seed and prompt alone: not
 * of threads, slots, batch mates or vector width. What a caller gives is checked and copied when
 * the engine takes it: a row that is refused ends the call that gave it and concerns no other.
 * Closing it ends its threads and frees its caches; the model stays.
 */
public final class Engine implements AutoCloseable {
  /** Raised by every change that changes bits of a result. */
  public static final int NUMERICS_VERSION = 1;

  private static final double DEFAULT_MEMORY_SHARE = 0.4;

  private final Model model;
  private final Model observer;
  private final OffHeap offHeap = new OffHeap();
  private final BatchGenerator generator;
  private final String description;
  private final String kernelName;
  private boolean closed;
  private final int threads;

  /**
   * Starts an engine.
   *
   * @param model closed by its owner, after the engine
   * @param options sizes and the cache's type
   * @throws IllegalArgumentException where the cache memory is too small for one sequence of the
   *     whole context, or an argument is null
   * @throws IllegalStateException if the model is closed
   */
  public Engine(Model model, EngineOptions options) {
    this(model, null, options);
  }

  /**
   * Starts an engine that scores with two models, and does not generate.
   *
   * @param model closed by its owner, after the engine
   * @param observer the model whose distributions are compared with those of the first, of the same
   *     tokenizer and a context as long; null for none
   * @param options sizes and the cache's type
   * @throws IllegalArgumentException where the cache memory is too small for one sequence of the
   *     whole context, the observer has another tokenizer or a shorter context, or the model or the
   *     options are null
   * @throws IllegalStateException if a model is closed
   */
  public Engine(Model model, Model observer, EngineOptions options) {
    this.model = Given.notNull(model, "Model of the engine is", "one from Model.load");
    this.observer = observer;
    Given.notNull(options, "Options of the engine are", "EngineOptions.DEFAULT");
    if (observer != null) {
      checkPair(model, observer);
    }
    Kernels kernels = KernelProvider.kernels(options.kernels());
    kernelName = kernels.name();
    Gpt2Config config = model.config();
    threads = threads(options);
    int slots = slots(options);
    int pages = cachePages(config, observer == null ? null : observer.config(), options);
    retainModels();
    try {
      generator =
          new BatchGenerator(
              model.weights(),
              observer == null ? null : observer.weights(),
              model.tokenizer(),
              kernels,
              threads,
              slots,
              options.cacheType(),
              pages,
              stepRows(options),
              offHeap);
    } catch (RuntimeException | Error e) {
      free();
      throw e;
    }
    long weightBytes = model.offHeapBytes() + (observer == null ? 0 : observer.offHeapBytes());
    description =
        "kernels: %s, threads: %d, slots: %d, weights: %s %d MiB, KV cache: %s %d MiB, off-heap: %d bytes"
            .formatted(
                kernels.name(),
                threads,
                slots,
                model.weights().types(),
                weightBytes >> 20,
                options.cacheType().name().toLowerCase(Locale.ROOT),
                (long) pages * KvCache.pageBytes(config, options.cacheType()) >> 20,
                weightBytes + offHeap.bytes());
  }

  private void retainModels() {
    model.retain();
    if (observer != null) {
      try {
        observer.retain();
      } catch (RuntimeException e) {
        model.release();
        throw e;
      }
    }
  }

  private void free() {
    offHeap.close();
    model.release();
    if (observer != null) {
      observer.release();
    }
  }

  private static void checkPair(Model model, Model observer) {
    Gpt2Config config = model.config();
    if (observer.config().vocabSize() != config.vocabSize()
        || observer.config().contextLength() < config.contextLength()
        || !observer.tokenizer().hasTokensOf(model.tokenizer())) {
      throw new IllegalArgumentException(
          "Observer of "
              + observer.config().vocabSize()
              + " tokens and a context of "
              + observer.config().contextLength()
              + " does not read what the model does: give one with the same tokenizer and context");
    }
  }

  /** Pages of the model's cache, which shares the memory with the observer's. */
  private static int cachePages(Gpt2Config config, Gpt2Config observer, EngineOptions options) {
    int least = EngineMemory.leastPages(config, options);
    if (options.cacheBytes() == 0) {
      long machine =
          ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
              .getTotalMemorySize();
      long share = (long) (machine * DEFAULT_MEMORY_SHARE);
      return Math.max(least, EngineMemory.pagesWithin(config, observer, options, share));
    }
    int pages = EngineMemory.pagesWithin(config, observer, options, options.cacheBytes());
    if (pages < least) {
      throw new IllegalArgumentException(
          "Cache memory "
              + options.cacheBytes()
              + " bytes holds no sequence of the whole context: give at least "
              + EngineMemory.leastCacheBytes(config, observer, options));
    }
    return pages;
  }

  static int threads(EngineOptions options) {
    return options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors();
  }

  /** Rows of a step at most: a slot each at least. */
  static int stepRows(EngineOptions options) {
    int rows = options.stepRows() > 0 ? options.stepRows() : Gpt2Model.rowsFor(threads(options));
    return Math.max(slots(options), rows);
  }

  static int slots(EngineOptions options) {
    return options.slots() > 0 ? options.slots() : Gpt2Model.rowsFor(threads(options));
  }

  /**
   * Generates a sample for each prompt and blocks until all are handed over.
   *
   * @param prompts pulled as slots get free, in the calling thread
   * @param config how tokens are drawn, but for prompts that have settings of their own
   * @param samples takes finished samples, in the order in which they finish, in the calling thread
   * @throws IllegalArgumentException for a prompt of more than {@link #maxPromptLength} tokens or
   *     with a token id that the model lacks, or an argument or a prompt that is null
   * @throws NonFiniteException for the first row whose logits are not finite; the other rows of
   *     this call are dropped, those of other callers go on
   * @throws IllegalStateException where the engine has an observer, is closed or has failed
   * @throws Error where one ended the engine while it had rows of this call
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void generate(Iterator<Prompt> prompts, GenerationConfig config, Consumer<Sample> samples)
      throws InterruptedException {
    generate(prompts, config, samples, Engine::refuse);
  }

  /**
   * The same, and rows that fail by their own arithmetic are handed over like samples: every prompt
   * comes back as one or the other.
   *
   * @param failures takes the failures of rows, in the order in which they end, in the calling
   *     thread
   * @throws IllegalArgumentException for a prompt of more than {@link #maxPromptLength} tokens or
   *     with a token id that the model lacks, or an argument or a prompt that is null
   * @throws IllegalStateException where the engine has an observer, is closed or has failed
   * @throws Error where one ended the engine while it had rows of this call
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void generate(
      Iterator<Prompt> prompts,
      GenerationConfig config,
      Consumer<Sample> samples,
      Consumer<RowFailure> failures)
      throws InterruptedException {
    generator.generate(prompts, config, samples, failures);
  }

  private static void refuse(RowFailure failure) {
    throw failure.exception();
  }

  /**
   * Scores the tokens of each window under the model itself and blocks until all are handed over.
   * Gives, for the tokens of a sample, the bits of its {@link Sample#tokenLogLikelihoods}. Windows
   * that follow each other and begin alike have their beginning computed once. {@link Scorer} does
   * the same for texts of any length.
   *
   * @param windows of at most one token more than the context has
   * @param tokenDetails whether ranks, entropies and variances are wanted
   * @param scores takes finished scores, in the order in which they finish, in the calling thread
   * @throws IllegalArgumentException for a window that is too long or has a token id that the model
   *     lacks, or an argument or a window that is null
   * @throws NonFiniteException for the first window whose logits are not finite; the other windows
   *     of this call are dropped, those of other callers go on
   * @throws IllegalStateException where the engine is closed or has failed
   * @throws Error where one ended the engine while it had windows of this call
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void score(Iterator<TokenWindow> windows, boolean tokenDetails, Consumer<Score> scores)
      throws InterruptedException {
    score(windows, tokenDetails, scores, Engine::refuse);
  }

  /**
   * The same, and windows that fail by their own arithmetic are handed over like scores: every
   * window comes back as one or the other.
   *
   * @param failures takes the failures of windows, in the order in which they end, in the calling
   *     thread
   * @throws IllegalArgumentException for a window that is too long or has a token id that the model
   *     lacks, or an argument or a window that is null
   * @throws IllegalStateException where the engine is closed or has failed
   * @throws Error where one ended the engine while it had windows of this call
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void score(
      Iterator<TokenWindow> windows,
      boolean tokenDetails,
      Consumer<Score> scores,
      Consumer<RowFailure> failures)
      throws InterruptedException {
    generator.score(windows, tokenDetails, scores, failures);
  }

  /**
   * Whether it takes rows: false once it is closed, or an exception or error has ended its steps.
   * One that has failed stays so: close it and open another one. Any thread may ask.
   */
  public boolean isUsable() {
    return generator.isUsable();
  }

  /** Tokens of the longest prompt that leaves room for a new token. */
  public int maxPromptLength() {
    return generator.maxPromptLength();
  }

  /** Tokens and sequences so far, and what is in flight now; any thread may ask at any time. */
  public Activity activity() {
    return generator.activity();
  }

  /** Where the time of the steps so far went; exact while nothing is in flight. */
  public StepProfile profile() {
    return generator.profile();
  }

  /**
   * GFLOP/s of fused multiply-adds that so many threads of this machine reach together on registers
   * alone: the limit of an engine's arithmetic.
   *
   * @throws IllegalArgumentException for other than 1 to 1,024 threads
   */
  public static double peakGflops(int threads) {
    if (threads < 1 || threads > EngineOptions.MOST_THREADS) {
      throw new IllegalArgumentException(
          "Threads "
              + threads
              + " are not in 1.."
              + EngineOptions.MOST_THREADS
              + ": give the cores");
    }
    Kernels kernels = KernelProvider.kernels();
    return IntStream.range(0, threads)
        .mapToObj(
            i ->
                CompletableFuture.supplyAsync(
                    kernels::peakGflops, task -> Thread.ofPlatform().start(task)))
        .toList()
        .stream()
        .mapToDouble(CompletableFuture::join)
        .sum();
  }

  /**
   * The kernels that an engine of this JVM runs unless told otherwise, as its log line has them.
   */
  public static String kernelsHere() {
    return KernelProvider.kernels().name();
  }

  /** The kernels that run: "machine code 256 bits", "Vector API 512 bits", "scalar". */
  public String kernels() {
    return kernelName;
  }

  /** Worker threads. */
  public int threads() {
    return threads;
  }

  /** Whether it scores with two models. */
  public boolean isObserved() {
    return observer != null;
  }

  /** The model that runs. */
  public Model model() {
    return model;
  }

  /** One line for the log: kernels, vector bits, threads, types and off-heap memory. */
  public String description() {
    return description;
  }

  /** Ends the threads and frees the caches; a second time it does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      generator.close();
      free();
    }
  }
}
