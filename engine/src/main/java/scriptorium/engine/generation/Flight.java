package scriptorium.engine.generation;

import java.util.Arrays;
import scriptorium.engine.events.SequenceEvent;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.model.WorkerGroup;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.Sampler;

/**
 * One sequence in flight: its tokens, how many of them the cache holds, and what is known of each.
 * One that begins like another one waits until that one's beginning is in the cache, and copies it.
 * Owned by the thread that drives the engine; during a step one worker at a time writes the results
 * of one of its rows.
 */
abstract class Flight {
  /** Tokens that must be shared: fewer are computed as fast as they are copied. */
  private static final int LEAST_SHARED = 8;

  final Source source;
  final CachedSequence cached;

  /** What the observer's cache holds of it; null without an observer. */
  final CachedSequence observed;

  /** Pages that it may come to need, set aside for it at admission. */
  final int reservedPages;

  /** The sequence from the leading end-of-text token on, as far as known. */
  final int[] tokens;

  int known;

  /** The flight whose beginning it waits for, and so many of its tokens; null for none. */
  private Flight beginsLike;

  private int shared;

  /** Why it cannot be finished; null while it can. */
  private String failure;

  private int failedPosition;

  /** Null while nobody records it. */
  private final SequenceEvent event = SequenceEvent.started();

  Flight(
      Source source,
      CachedSequence cached,
      CachedSequence observed,
      int reservedPages,
      int[] tokens,
      int known) {
    this.source = source;
    this.cached = cached;
    this.observed = observed;
    this.reservedPages = reservedPages;
    this.tokens = tokens;
    this.known = known;
  }

  /** Shares the beginning of another flight, where it is long enough; tells whether it does. */
  final boolean share(Flight other) {
    int different = Arrays.mismatch(tokens, 0, known, other.tokens, 0, other.known);
    int equal = different < 0 ? known : different;
    shared = Math.min(Math.min(equal, other.known - 1), sharable());
    if (shared >= LEAST_SHARED) {
      beginsLike = other;
    }
    return beginsLike != null;
  }

  /**
   * Whether it can take rows now, and not wait for another flight first, whose beginning it copies
   * once that is there. Asked by the driving thread between two steps.
   *
   * @param workers who copy
   */
  final boolean ready(WorkerGroup workers) {
    if (beginsLike != null && beginsLike.cached.length() >= shared) {
      cached.copyFrom(beginsLike.cached, shared, workers);
      if (observed != null) {
        observed.copyFrom(beginsLike.observed, shared, workers);
      }
      beginsLike = null;
    } else if (beginsLike != null && beginsLike.failure() != null) {
      beginsLike = null; // it leaves before its beginning is there, and this one computes its own
    }
    return beginsLike == null;
  }

  /** Gives back what the caches hold of it. */
  final void release() {
    cached.release();
    if (observed != null) {
      observed.release();
    }
  }

  /**
   * Says why it cannot be finished. Of several reasons that of the first position stays, so that it
   * does not depend on the workers. Called by any worker.
   */
  final synchronized void fail(int position, String reason) {
    if (failure == null || position < failedPosition) {
      failure = reason;
      failedPosition = position;
    }
  }

  /** Why it cannot be finished; null while it can. */
  final synchronized String failure() {
    return failure;
  }

  /** Tokens at the beginning after which no distribution is wanted. */
  abstract int sharable();

  /** Whether its tokens are drawn, not given. */
  abstract boolean generates();

  /** Its id in its source. */
  abstract long id();

  /** Tokens drawn or scored so far. */
  abstract int tokensDone();

  /** Tells the flight recorder of the finished sequence. */
  final void tell() {
    if (event != null) {
      event.ended(id(), generates(), tokensDone(), cached.length());
    }
  }

  /** Known tokens that the cache does not hold yet. */
  abstract int waiting();

  /** Whether the distribution after the token at this position is wanted. */
  abstract boolean wants(int position);

  /** Takes the distribution after the token at {@code position}; called by a worker. */
  abstract void accept(int position, LogitsRow row, Sampler sampler);

  /**
   * Called by the driving thread after each step that had rows of this sequence; true when the
   * sequence is finished.
   */
  abstract boolean advance();

  /** Hands the finished or failed row to the source; called once, by the driving thread. */
  abstract void deliver();
}
