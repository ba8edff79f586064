package scriptorium.engine.model;

import scriptorium.engine.kernel.Halves;
import scriptorium.engine.kernel.Kernels;

/** Type in which keys and values are cached. It decides about results, unlike an engine's sizes. */
public enum CacheType {
  /** As computed. */
  F32(Kernels.LANES, Float.BYTES),

  /**
   * IEEE binary16, rounded to the nearest: half the memory and half the memory traffic, for a small
   * loss.
   */
  F16(Halves.LINE_ELEMENTS, Short.BYTES);

  /** Elements of a line of 64 bytes. */
  final int lineElements;

  private final int elementBytes;

  CacheType(int lineElements, int elementBytes) {
    this.lineElements = lineElements;
    this.elementBytes = elementBytes;
  }

  /** Bytes of a cached number. */
  public int bytes() {
    return elementBytes;
  }

  /** Lines for so many elements. */
  int lines(int elements) {
    return Math.ceilDiv(elements, lineElements);
  }

  /** Where an element of a line lies, in bytes from the line's start. */
  long offset(int element) {
    return this == F32 ? (long) element * Float.BYTES : Halves.offset(element);
  }
}
