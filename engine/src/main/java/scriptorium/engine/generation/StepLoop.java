package scriptorium.engine.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import scriptorium.engine.events.StepEvent;
import scriptorium.engine.kernel.ChunkedLogits;
import scriptorium.engine.model.Gpt2Model;
import scriptorium.engine.model.KvCache;
import scriptorium.engine.model.StepBatch;
import scriptorium.engine.model.WorkerGroup;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.NonFiniteException;
import scriptorium.engine.sampling.Sampler;

/**
 * What the thread of an engine does until it is closed: admits waiting rows to free slots, fills
 * the rows of a step with those in flight, runs the step, and takes out what is finished. Belongs
 * to that thread; workers call {@link #accept} for distinct rows.
 */
final class StepLoop implements Runnable {
  private final Callers callers;
  private final ReentrantLock lock;
  private final KvCache cache;
  private final WorkerGroup workers;
  private final Gpt2Model model;
  private final Observer observer;
  private final Sampler[] samplers;
  private final LogitsRow[] rows;
  private final ActivityMeter meter;
  private final StepBatch batch;
  private final Flight[] wantedFlights;
  private final int[] wantedPositions;
  private final List<Flight> flights = new ArrayList<>();
  private final List<Flight> ready = new ArrayList<>();
  private final List<Flight> stepped = new ArrayList<>();

  /**
   * @param samplers one a worker
   * @param rows one a worker
   * @param stepRows rows of a step at most
   */
  StepLoop(
      Callers callers,
      KvCache cache,
      WorkerGroup workers,
      Gpt2Model model,
      Observer observer,
      Sampler[] samplers,
      LogitsRow[] rows,
      ActivityMeter meter,
      int stepRows) {
    this.callers = callers;
    lock = callers.lock();
    this.cache = cache;
    this.workers = workers;
    this.model = model;
    this.observer = observer;
    this.samplers = samplers;
    this.rows = rows;
    this.meter = meter;
    batch = new StepBatch(stepRows);
    wantedFlights = new Flight[stepRows];
    wantedPositions = new int[stepRows];
  }

  @Override
  public void run() {
    try {
      while (admit()) {
        fill();
        StepEvent event = StepEvent.started();
        observer.step();
        model.step(batch, this::accept);
        if (event != null) {
          event.ended(batch.rows(), stepped.size(), meter.headRows());
        }
        meter.stepped();
        advance();
      }
    } catch (RuntimeException | Error e) {
      callers.fail(e);
    }
  }

  /** Fills free slots; waits while there is nothing to do. False when the engine is closed. */
  private boolean admit() {
    Admission<Source> admission = callers.admission();
    lock.lock();
    try {
      while (true) {
        dropWithdrawn();
        for (Source source = admission.next(); source != null; source = admission.next()) {
          admitFrom(source);
        }
        meter.holds(flights.size(), cache.pages() - cache.freePages(), callers.waiting());
        if (callers.isClosed()) {
          callers.failAll(new IllegalStateException("The engine is closed"));
          return false;
        }
        if (!flights.isEmpty()) {
          return true;
        }
        callers.awaitWork();
      }
    } finally {
      lock.unlock();
    }
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

  private void dropWithdrawn() {
    flights.removeIf(
        flight -> {
          if (flight.source.withdrawn) {
            free(flight);
          }
          return flight.source.withdrawn;
        });
  }

  /** Called with the lock held. */
  private void free(Flight flight) {
    flight.release();
    callers.admission().ended(flight.reservedPages);
  }

  /**
   * Rows of the next step: one for each sequence that decodes, then as much of the waiting tokens
   * as there is room for.
   */
  private void fill() {
    batch.clear();
    observer.clear();
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
    observer.add(flight, position, count);
    int wantedCount = 0;
    for (int i = 0; i < count; i++) {
      if (flight.wants(position + i)) {
        wantedCount++;
        int wanted = batch.want(first + i);
        observer.want(first + i);
        wantedFlights[wanted] = flight;
        wantedPositions[wanted] = position + i;
      }
    }
    meter.wanted(flight.generates(), wantedCount);
    stepped.add(flight);
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
      observer.stand(row, wanted);
      flight.accept(position, row, samplers[worker]);
    } catch (NonFiniteException e) {
      flight.fail(position, e.getMessage());
    }
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

  private void finish(Flight flight) {
    flight.source.ended(flight);
    meter.finished();
    flight.tell();
    flight.deliver();
  }
}
