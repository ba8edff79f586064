package scriptorium.engine.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Kernels#indicesWithin}: comparisons by vectors, hits one by one from the bits of the mask.
 * Few of many is the case that it is for; compressing stores would win where most are hits.
 */
final class PanamaSearch {
  private PanamaSearch() {}

  static int indicesWithin(
      MemorySegment x,
      long offset,
      int from,
      int to,
      float low,
      float high,
      int[] indices,
      int count) {
    return search(
        KernelArguments.searchable(x, offset, from, to, indices, count),
        from,
        to,
        low,
        high,
        indices,
        count);
  }

  private static int search(
      long x, int from, int to, float low, float high, int[] indices, int count) {
    FloatVector lows = broadcast(FLOAT, low);
    FloatVector highs = broadcast(FLOAT, high);
    int next = count;
    int i = from;
    for (; i <= to - LENGTH; i += LENGTH) {
      FloatVector v = fromMemorySegment(FLOAT, ALL, x + (long) i * Float.BYTES, LITTLE_ENDIAN);
      long hits =
          v.compare(VectorOperators.GE, lows).and(v.compare(VectorOperators.LT, highs)).toLong();
      while (hits != 0) {
        indices[next] = i + Long.numberOfTrailingZeros(hits);
        next++;
        hits &= hits - 1;
      }
    }
    for (; i < to; i++) {
      float value = PanamaLanes.get(x, i);
      if (value >= low && value < high) {
        indices[next] = i;
        next++;
      }
    }
    return next;
  }
}
