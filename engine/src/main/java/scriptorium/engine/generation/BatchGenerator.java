package scriptorium.engine.generation;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import scriptorium.engine.events.StepEvent;
import scriptorium.engine.kernel.ChunkedLogits;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.Gpt2Model;
import scriptorium.engine.model.Gpt2Weights;
import scriptorium.engine.model.KvCache;
import scriptorium.engine.model.StepBatch;
import scriptorium.engine.model.StepProfile;
import scriptorium.engine.model.WorkerGroup;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.NonFiniteException;
import scriptorium.engine.sampling.Sampler;
import scriptorium.engine.text.Given;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * Continuous batching (Yu et al. 2022, Orca): one thread drives the steps of one engine; a finished
 * sequence's slot is refilled at the next step. Several callers feed it at once, each from its own
 * thread; slots go to the caller that came first as long as it has rows, so that the end of one
 * caller's work overlaps the start of the next one's, but no caller is passed over without end: see
 * {@link Admission}. Pages for a sequence's maximum length are reserved when it is admitted, so
 * that a step never runs out of them.
 */
public final class BatchGenerator implements AutoCloseable {
  private final Gpt2Config config;
  private final BytePairTokenizer tokenizer;
  private final int slots;
  private final KvCache cache;
  private final WorkerGroup workers;
  private final Gpt2Model model;
  private final Sampler[] samplers;
  private final LogitsRow[] rows;
  private final StepBatch batch;
  private final Flight[] wantedFlights;
  private final int[] wantedPositions;
  private final List<Flight> flights = new ArrayList<>();
  private final List<Flight> ready = new ArrayList<>();
  private final List<Flight> stepped = new ArrayList<>();
  private final Observer observer;
  private final ActivityMeter meter;
  private final Thread driver;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Admission<Source> admission;
  private volatile boolean closed;
  private volatile Throwable broken;

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
    this.slots = slots;
    cache = new KvCache(config, cacheType, cachePages, offHeap);
    admission = new Admission<>(slots, cachePages);
    meter = new ActivityMeter(slots, cachePages);
    batch = new StepBatch(stepRows);
    wantedFlights = new Flight[stepRows];
    wantedPositions = new int[stepRows];
    samplers = new Sampler[threads];
    rows = new LogitsRow[threads];
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
              ? null
              : new Observer(
                  observerWeights, cache, slots, workers, rows, kernels, stepRows, offHeap);
      driver = Thread.ofPlatform().daemon().name("scriptorium-worker-0").start(this::drive);
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
        + (observer == null ? 0 : Observer.bytes(observer, stepRows, threads));
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
    long observers = Observer.pages(observer, type, pages, positions, slots);
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
    if (observer != null) {
      throw new IllegalStateException("An engine with an observer only scores: open one without");
    }
    run(prompts, new GeneratingSource(lock, config, cache, tokenizer, settings, samples, failures));
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
    run(windows, new ScoringSource(lock, config, cache, observer, tokenDetails, scores, failures));
  }

  /** Whether it takes rows: it is neither closed nor has it failed; any thread may ask. */
  public boolean isUsable() {
    return broken == null && !closed;
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
    lock.lock();
    try {
      closed = true;
      work.signal();
    } finally {
      lock.unlock();
    }
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

  private <T> void run(Iterator<T> input, FedSource<T> source) throws InterruptedException {
    register(source);
    try {
      boolean more = true;
      while (true) {
        while (more && needsInput(source)) {
          more = input.hasNext();
          if (more) {
            feed(source, input.next());
          }
        }
        Runnable delivery = next(source);
        if (delivery == null) {
          return;
        }
        delivery.run();
      }
    } finally {
      withdraw(source);
    }
  }

  private void register(Source source) {
    lock.lock();
    try {
      checkUsable();
      admission.add(source);
    } finally {
      lock.unlock();
    }
  }

  private void checkUsable() {
    if (broken != null) {
      throw new IllegalStateException(
          "The engine has failed, close it and open another one: " + broken, broken);
    }
    if (closed) {
      throw new IllegalStateException("The engine is closed");
    }
  }

  /**
   * A caller keeps as many rows waiting as there are slots, so that no slot stays empty for want of
   * input.
   */
  private boolean needsInput(FedSource<?> source) {
    lock.lock();
    try {
      return source.waiting.size() < slots && source.ready() == 0;
    } finally {
      lock.unlock();
    }
  }

  private <T> void feed(FedSource<T> source, T row) {
    T admissible = source.admissible(row);
    lock.lock();
    try {
      source.waiting.add(admissible);
      source.added();
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a finished row, or for room among the waiting ones; null when nothing is left. */
  private Runnable next(FedSource<?> source) throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        Runnable delivery = source.poll();
        if (delivery != null) {
          return delivery;
        }
        checkUsable();
        if (source.outstanding() == 0) {
          return null;
        }
        source.await();
        if (source.waiting.isEmpty() || source.waiting.size() < slots / 2) {
          Runnable finished = source.poll();
          return finished == null ? NOTHING : finished;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private static final Runnable NOTHING = () -> {};

  private void withdraw(Source source) {
    lock.lock();
    try {
      admission.remove(source);
      source.withdrawn = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  private void drive() {
    try {
      while (admit()) {
        fill();
        StepEvent event = StepEvent.started();
        if (observer != null) {
          observer.step();
        }
        model.step(batch, this::accept);
        if (event != null) {
          event.ended(batch.rows(), stepped.size(), meter.headRows());
        }
        meter.stepped();
        advance();
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  /**
   * Passes one row of logits to the sequence that wants it; see {@link
   * scriptorium.engine.model.LogitsConsumer}.
   */
  private void accept(int wanted, int worker, ChunkedLogits logits) {
    LogitsRow row = rows[worker];
    Flight flight = wantedFlights[wanted];
    int position = wantedPositions[wanted];
    try {
      row.set(logits);
      row.checkFinite();
      if (observer != null) {
        observer.stand(row, wanted);
      }
      flight.accept(position, row, samplers[worker]);
    } catch (NonFiniteException e) {
      flight.fail(position, e.getMessage());
    }
  }

  private void fail(Throwable e) {
    lock.lock();
    try {
      broken = e;
      for (Source source : admission.callers()) {
        source.fail(e);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Fills free slots; waits while there is nothing to do. False when the engine is closed. */
  private boolean admit() {
    lock.lock();
    try {
      while (true) {
        dropWithdrawn();
        for (Source source = admission.next(); source != null; source = admission.next()) {
          admitFrom(source);
        }
        measure();
        if (closed) {
          for (Source source : admission.callers()) {
            source.fail(new IllegalStateException("The engine is closed"));
          }
          return false;
        }
        if (!flights.isEmpty()) {
          return true;
        }
        work.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Called with the lock held. */
  private void measure() {
    int waiting = 0;
    for (Source source : admission.callers()) {
      waiting += source.waitingCount();
    }
    meter.holds(flights.size(), cache.pages() - cache.freePages(), waiting);
  }

  /** Makes the first waiting row a sequence in flight, for which slot and pages are reserved. */
  private void admitFrom(Source source) {
    Flight flight = source.admit(source.nextPages());
    if (flight.waiting() == 0) {
      finish(flight); // an empty text: nothing to compute
      free(flight);
    } else {
      flights.add(flight);
    }
    source.signal();
  }

  private void finish(Flight flight) {
    flight.source.ended(flight);
    meter.finished();
    flight.tell();
    flight.deliver();
  }

  private void dropWithdrawn() {
    flights.removeIf(
        flight -> {
          if (flight.source.withdrawn) {
            free(flight);
          }
          return flight.source.withdrawn;
        });
  }

  private void free(Flight flight) {
    flight.cached.release();
    if (flight.observed != null) {
      flight.observed.release();
    }
    admission.ended(flight.reservedPages);
  }

  /**
   * Rows of the next step: one for each sequence that decodes, then as much of the waiting tokens
   * as there is room for.
   */
  private void fill() {
    batch.clear();
    if (observer != null) {
      observer.clear();
    }
    stepped.clear();
    ready.clear();
    for (Flight flight : flights) {
      if (flight.ready(workers)) {
        ready.add(flight);
      }
    }
    for (Flight flight : ready) {
      if (flight.waiting() == 1) {
        add(flight, 1);
      }
    }
    for (Flight flight : ready) {
      int waiting = flight.waiting();
      if (waiting > 1 && batch.room() > 0) {
        add(flight, Math.min(waiting, batch.room()));
      }
    }
  }

  private void add(Flight flight, int count) {
    int position = flight.cached.length();
    int first = batch.add(flight.cached, flight.tokens, position, count);
    if (observer != null) {
      observer.add(flight, position, count);
    }
    int wantedCount = 0;
    for (int i = 0; i < count; i++) {
      if (flight.wants(position + i)) {
        wantedCount++;
        int wanted = batch.want(first + i);
        if (observer != null) {
          observer.want(first + i);
        }
        wantedFlights[wanted] = flight;
        wantedPositions[wanted] = position + i;
      }
    }
    meter.wanted(flight.generates(), wantedCount);
    stepped.add(flight);
  }

  private void advance() {
    for (Flight flight : stepped) {
      if (flight.failure() != null || flight.advance()) {
        flights.forEach(
            waiting -> waiting.ready(workers)); // those that wait for its beginning, before it goes
        flights.remove(flight);
        finish(flight);
        lock.lock();
        try {
          free(flight);
        } finally {
          lock.unlock();
        }
      }
    }
  }
}
