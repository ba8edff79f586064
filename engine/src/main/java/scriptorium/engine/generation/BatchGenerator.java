package scriptorium.engine.generation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import scriptorium.engine.events.StepEvent;
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
import scriptorium.engine.sampling.Sampler;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * Continuous batching (Yu et al. 2022, Orca): one thread drives the steps of one engine; a finished
 * sequence's slot is refilled at the next step. Several callers feed it at once, each from its own
 * thread; slots go to the caller that came first as long as it has rows, so that the end of one
 * caller's work overlaps the start of the next one's. Pages for a sequence's longest course are set
 * aside at its admission, so that a step never runs out of them.
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
  private final List<Source> sources = new ArrayList<>();
  private int reservedPages;
  private boolean closed;
  private RuntimeException broken;

  /**
   * Starts the engine's threads.
   *
   * @param slots sequences in flight at most
   * @param cacheType type of the cached keys and values
   * @param cachePages pages of the cache, enough for one sequence of the whole context at least
   * @param stepRows rows of a step at most, slots at least
   * @param observerWeights a second model's, whose distributions scores compare with the first
   *     one's; null for none. An engine with one does not generate.
   * @param offHeap owner of caches and working memory; closed by its owner after this
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
    this.tokenizer = tokenizer;
    this.slots = slots;
    cache = new KvCache(config, cacheType, cachePages, offHeap);
    meter = new ActivityMeter(slots, cachePages);
    workers =
        new WorkerGroup(
            threads, Thread.ofPlatform().daemon().name("scriptorium-worker-", 1).factory());
    model = new Gpt2Model(weights, cache, workers, kernels, stepRows, offHeap);
    samplers = new Sampler[threads];
    rows = new LogitsRow[threads];
    for (int i = 0; i < threads; i++) {
      samplers[i] = new Sampler(kernels, config.vocabSize(), offHeap);
      rows[i] = new LogitsRow(kernels, config.vocabSize(), offHeap);
    }
    batch = new StepBatch(stepRows);
    wantedFlights = new Flight[stepRows];
    wantedPositions = new int[stepRows];
    observer =
        observerWeights == null
            ? null
            : new Observer(
                observerWeights, cache, slots, workers, rows, kernels, stepRows, offHeap);
    driver = Thread.ofPlatform().daemon().name("scriptorium-worker-0").start(this::drive);
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
   * @throws IllegalArgumentException for a prompt that leaves no room in the context
   * @throws IllegalStateException where the engine has an observer, is closed or has failed
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void generate(
      Iterator<Prompt> prompts, GenerationConfig settings, Consumer<Sample> samples)
      throws InterruptedException {
    if (observer != null) {
      throw new IllegalStateException("An engine with an observer only scores: open one without");
    }
    run(prompts, new GeneratingSource(lock, config, cache, tokenizer, settings, samples));
  }

  /**
   * Scores the tokens of each window. Blocks like {@link #generate}. Windows that follow each other
   * and begin alike, such as continuations of one prompt, have their beginning computed once.
   *
   * @param tokenDetails whether ranks, entropies and variances are wanted
   * @throws IllegalArgumentException for a window of more tokens than the context holds and one
   * @throws IllegalStateException where the engine is closed or has failed
   * @throws InterruptedException where the calling thread is interrupted while it waits; its rows
   *     in flight are dropped
   */
  public void score(Iterator<TokenWindow> windows, boolean tokenDetails, Consumer<Score> scores)
      throws InterruptedException {
    run(windows, new ScoringSource(lock, config, cache, observer, tokenDetails, scores));
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
      sources.add(source);
    } finally {
      lock.unlock();
    }
  }

  private void checkUsable() {
    if (broken != null) {
      throw new IllegalStateException("The engine has failed: " + broken.getMessage(), broken);
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
    source.check(row);
    lock.lock();
    try {
      source.waiting.add(row);
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
      sources.remove(source);
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
      fail(e instanceof RuntimeException r ? r : new IllegalStateException(e.toString(), e));
    }
  }

  /**
   * Passes one row of logits to the sequence that wants it; see {@link
   * scriptorium.engine.model.LogitsConsumer}.
   */
  private void accept(
      int wanted,
      int worker,
      MemorySegment logits,
      long logitsOffset,
      MemorySegment chunks,
      long chunksOffset) {
    LogitsRow row = rows[worker];
    row.set(logits, logitsOffset, chunks, chunksOffset);
    if (observer != null) {
      observer.stand(row, wanted);
    }
    wantedFlights[wanted].accept(wantedPositions[wanted], row, samplers[worker]);
  }

  private void fail(RuntimeException e) {
    lock.lock();
    try {
      broken = e;
      for (Source source : sources) {
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
        for (Source source : sources) {
          admitFrom(source);
        }
        measure();
        if (closed) {
          for (Source source : sources) {
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
    for (Source source : sources) {
      waiting += source.waitingCount();
    }
    meter.holds(flights.size(), cache.pages() - cache.freePages(), waiting);
  }

  private void admitFrom(Source source) {
    boolean admitted = false;
    while (flights.size() < slots && source.waitingCount() > 0) {
      int pages = cache.pagesFor(source.nextPositions());
      if (reservedPages + pages > cache.pages()) {
        break;
      }
      reservedPages += pages;
      Flight flight = source.admit(pages);
      if (flight.waiting() == 0) {
        finish(flight); // an empty text: nothing to compute
        free(flight);
      } else {
        flights.add(flight);
      }
      admitted = true;
    }
    if (admitted) {
      source.signal();
    }
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
    reservedPages -= flight.reservedPages;
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
      if (flight.advance()) {
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
