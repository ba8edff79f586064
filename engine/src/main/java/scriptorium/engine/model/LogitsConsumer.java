package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;

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
   * @param logits (vocabSize) f32, from {@code logitsOffset} floats on
   * @param chunks for each chunk of {@link Gpt2Model#CHUNK} ids: the largest logit and the sum of
   *     exp(logit - largest), from {@code chunksOffset} floats on
   */
  void accept(
      int wanted,
      int worker,
      MemorySegment logits,
      long logitsOffset,
      MemorySegment chunks,
      long chunksOffset);
}
