package scriptorium.engine.model;

import scriptorium.engine.kernel.ChunkedLogits;

/**
 * Takes the logits of the wanted rows of a step, one row at a time, from several workers at once.
 */
@FunctionalInterface
public interface LogitsConsumer {
  /**
   * Reads one row; the memory is used again after the call.
   *
   * @param wanted number of the row among those wanted
   * @param worker who calls, 0..threads-1
   * @param logits the row
   */
  void accept(int wanted, int worker, ChunkedLogits logits);
}
