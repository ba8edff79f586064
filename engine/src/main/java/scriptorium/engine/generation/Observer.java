package scriptorium.engine.generation;

import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.sampling.LogitsRow;

/**
 * What goes through the rows of each step beside the model: a {@link SecondModel} with which it is
 * compared, or nothing. Called by the thread that drives the engine, {@link #stand} by any worker.
 */
interface Observer {
  /** Nothing beside the model. */
  Observer NONE =
      new Observer() {
        @Override
        public boolean observes() {
          return false;
        }

        @Override
        public CachedSequence sequence(int positions) {
          return null;
        }

        @Override
        public void clear() {}

        @Override
        public void add(Flight flight, int position, int count) {}

        @Override
        public void want(int row) {}

        @Override
        public void step() {}

        @Override
        public void stand(LogitsRow row, int wanted) {}
      };

  /** Whether there is a second model. */
  boolean observes();

  /** Room for so many positions of a sequence; null where nothing is held. */
  CachedSequence sequence(int positions);

  /** Begins the rows of a step. */
  void clear();

  /** Adds the tokens of a flight from a position on. */
  void add(Flight flight, int position, int count);

  /** Wants the distribution of a row. */
  void want(int row);

  /** Runs the step. */
  void step();

  /**
   * Sets what belongs to a wanted row beside the model's.
   *
   * @throws scriptorium.engine.sampling.NonFiniteException where its logits were not finite
   */
  void stand(LogitsRow row, int wanted);
}
