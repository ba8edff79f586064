package scriptorium.engine.generation;

import scriptorium.engine.generation.GenerationConfig.BestOfBy;

/**
 * Keeps the best of the candidates of one row, which come in any order. Used by the thread that
 * drives the engine.
 */
final class BestOf {
  private final BestOfBy by;
  private int missing;
  private Sample best;
  private int bestCandidate;
  private RowFailure failure;
  private int failedCandidate;

  BestOf(int candidates, BestOfBy by) {
    missing = candidates;
    this.by = by;
  }

  /**
   * Takes a candidate; the best of all once none is missing, null before and where one has failed.
   */
  Sample offer(int candidate, Sample sample) {
    int order = best == null ? 1 : Double.compare(value(sample), value(best));
    if (order > 0 || order == 0 && candidate < bestCandidate) {
      best = sample;
      bestCandidate = candidate;
    }
    missing--;
    return missing == 0 && failure == null ? best : null;
  }

  /** Takes the failure of a candidate, with which the row fails. */
  void fail(int candidate, RowFailure reason) {
    if (failure == null || candidate < failedCandidate) {
      failure = reason;
      failedCandidate = candidate;
    }
    missing--;
  }

  /** Why the row has failed, once no candidate is missing; null before and where none has. */
  RowFailure failure() {
    return missing == 0 ? failure : null;
  }

  private double value(Sample sample) {
    return by == BestOfBy.SUM
        ? sample.logLikelihood()
        : sample.logLikelihood() / sample.tokens().length;
  }
}
