package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.FloatVector.zero;
import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;
import static scriptorium.engine.kernel.PanamaSpecies.LENGTH;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * {@link Kernels#attentionScores} and {@link Kernels#attentionValues}. Scores and values are the
 * same work: columns stay in registers, 8, 4, 2 or 1 vectors at a time, and the rows stream past. 8
 * accumulators hide the latency of fma and fit 16 registers.
 */
final class PanamaAttention {
  private static final int LANES = Kernels.LANES;
  private static final long BYTES = (long) LENGTH * Float.BYTES;

  private PanamaAttention() {}

  static void scores(
      MemorySegment q,
      long qOffset,
      int headSize,
      MemorySegment k,
      long kOffset,
      int kStride,
      int groups,
      float scale,
      MemorySegment out,
      long outOffset) {
    long positions = (long) groups * LANES;
    long weights = KernelArguments.readable(q, qOffset, headSize);
    long rows =
        KernelArguments.readable(k, kOffset, KernelArguments.span(headSize, kStride, positions));
    long to = KernelArguments.writable(out, outOffset, positions);
    long stride = (long) kStride * Float.BYTES;
    long left = positions / LENGTH;
    while (left > 0) {
      int done;
      if (left >= 8) {
        scores8(weights, headSize, rows, stride, scale, to);
        done = 8;
      } else if (left >= 4) {
        scores4(weights, headSize, rows, stride, scale, to);
        done = 4;
      } else if (left >= 2) {
        scores2(weights, headSize, rows, stride, scale, to);
        done = 2;
      } else {
        scores1(weights, headSize, rows, stride, scale, to);
        done = 1;
      }
      rows += done * BYTES;
      to += done * BYTES;
      left -= done;
    }
  }

  static void values(
      MemorySegment weights,
      long weightsOffset,
      int positions,
      MemorySegment v,
      long vOffset,
      int vStride,
      int headSize,
      MemorySegment out,
      long outOffset) {
    long w = KernelArguments.readable(weights, weightsOffset, positions);
    long rows =
        KernelArguments.readable(v, vOffset, KernelArguments.span(positions, vStride, headSize));
    long to = KernelArguments.writable(out, outOffset, headSize);
    long stride = (long) vStride * Float.BYTES;
    int left = headSize;
    while (left > 0) {
      int done;
      if (left >= 8 * LENGTH) {
        values8(w, positions, rows, stride, to);
        done = 8 * LENGTH;
      } else if (left >= 4 * LENGTH) {
        values4(w, positions, rows, stride, to);
        done = 4 * LENGTH;
      } else if (left >= 2 * LENGTH) {
        values2(w, positions, rows, stride, to);
        done = 2 * LENGTH;
      } else if (left >= LENGTH) {
        values1(w, positions, rows, stride, to);
        done = LENGTH;
      } else {
        column(w, positions, rows, stride, to);
        done = 1;
      }
      rows += (long) done * Float.BYTES;
      to += (long) done * Float.BYTES;
      left -= done;
    }
  }

  private static void column(long w, int rows, long v, long stride, long out) {
    float sum = ALL.get(JAVA_FLOAT_UNALIGNED, out);
    for (int row = 0; row < rows; row++) {
      sum =
          Math.fma(
              ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) row * Float.BYTES),
              ALL.get(JAVA_FLOAT_UNALIGNED, v + row * stride),
              sum);
    }
    ALL.set(JAVA_FLOAT_UNALIGNED, out, sum);
  }

  private static void scores8(long w, int rows, long k, long stride, float scale, long out) {
    FloatVector a = zero(FLOAT);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    FloatVector e = a;
    FloatVector f = a;
    FloatVector g = a;
    FloatVector h = a;
    for (int row = 0; row < rows; row++) {
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) row * Float.BYTES));
      long at = k + row * stride;
      a = s.fma(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN), a);
      b = s.fma(fromMemorySegment(FLOAT, ALL, at + BYTES, LITTLE_ENDIAN), b);
      c = s.fma(fromMemorySegment(FLOAT, ALL, at + 2 * BYTES, LITTLE_ENDIAN), c);
      d = s.fma(fromMemorySegment(FLOAT, ALL, at + 3 * BYTES, LITTLE_ENDIAN), d);
      e = s.fma(fromMemorySegment(FLOAT, ALL, at + 4 * BYTES, LITTLE_ENDIAN), e);
      f = s.fma(fromMemorySegment(FLOAT, ALL, at + 5 * BYTES, LITTLE_ENDIAN), f);
      g = s.fma(fromMemorySegment(FLOAT, ALL, at + 6 * BYTES, LITTLE_ENDIAN), g);
      h = s.fma(fromMemorySegment(FLOAT, ALL, at + 7 * BYTES, LITTLE_ENDIAN), h);
    }
    a.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    b.mul(scale).intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
    c.mul(scale).intoMemorySegment(ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    d.mul(scale).intoMemorySegment(ALL, out + 3 * BYTES, LITTLE_ENDIAN);
    e.mul(scale).intoMemorySegment(ALL, out + 4 * BYTES, LITTLE_ENDIAN);
    f.mul(scale).intoMemorySegment(ALL, out + 5 * BYTES, LITTLE_ENDIAN);
    g.mul(scale).intoMemorySegment(ALL, out + 6 * BYTES, LITTLE_ENDIAN);
    h.mul(scale).intoMemorySegment(ALL, out + 7 * BYTES, LITTLE_ENDIAN);
  }

  private static void scores4(long w, int rows, long k, long stride, float scale, long out) {
    FloatVector a = zero(FLOAT);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int row = 0; row < rows; row++) {
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) row * Float.BYTES));
      long at = k + row * stride;
      a = s.fma(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN), a);
      b = s.fma(fromMemorySegment(FLOAT, ALL, at + BYTES, LITTLE_ENDIAN), b);
      c = s.fma(fromMemorySegment(FLOAT, ALL, at + 2 * BYTES, LITTLE_ENDIAN), c);
      d = s.fma(fromMemorySegment(FLOAT, ALL, at + 3 * BYTES, LITTLE_ENDIAN), d);
    }
    a.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    b.mul(scale).intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
    c.mul(scale).intoMemorySegment(ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    d.mul(scale).intoMemorySegment(ALL, out + 3 * BYTES, LITTLE_ENDIAN);
  }

  private static void scores2(long w, int rows, long k, long stride, float scale, long out) {
    FloatVector a = zero(FLOAT);
    FloatVector b = a;
    for (int row = 0; row < rows; row++) {
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) row * Float.BYTES));
      long at = k + row * stride;
      a = s.fma(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN), a);
      b = s.fma(fromMemorySegment(FLOAT, ALL, at + BYTES, LITTLE_ENDIAN), b);
    }
    a.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    b.mul(scale).intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
  }

  private static void scores1(long w, int rows, long k, long stride, float scale, long out) {
    FloatVector a = zero(FLOAT);
    for (int row = 0; row < rows; row++) {
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) row * Float.BYTES));
      long at = k + row * stride;
      a = s.fma(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN), a);
    }
    a.mul(scale).intoMemorySegment(ALL, out, LITTLE_ENDIAN);
  }

  private static void values8(long w, int rows, long v, long stride, long out) {
    FloatVector a = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector b = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    FloatVector c = fromMemorySegment(FLOAT, ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    FloatVector d = fromMemorySegment(FLOAT, ALL, out + 3 * BYTES, LITTLE_ENDIAN);
    FloatVector e = fromMemorySegment(FLOAT, ALL, out + 4 * BYTES, LITTLE_ENDIAN);
    FloatVector f = fromMemorySegment(FLOAT, ALL, out + 5 * BYTES, LITTLE_ENDIAN);
    FloatVector g = fromMemorySegment(FLOAT, ALL, out + 6 * BYTES, LITTLE_ENDIAN);
    FloatVector h = fromMemorySegment(FLOAT, ALL, out + 7 * BYTES, LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) row * Float.BYTES));
      long at = v + row * stride;
      a = s.fma(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN), a);
      b = s.fma(fromMemorySegment(FLOAT, ALL, at + BYTES, LITTLE_ENDIAN), b);
      c = s.fma(fromMemorySegment(FLOAT, ALL, at + 2 * BYTES, LITTLE_ENDIAN), c);
      d = s.fma(fromMemorySegment(FLOAT, ALL, at + 3 * BYTES, LITTLE_ENDIAN), d);
      e = s.fma(fromMemorySegment(FLOAT, ALL, at + 4 * BYTES, LITTLE_ENDIAN), e);
      f = s.fma(fromMemorySegment(FLOAT, ALL, at + 5 * BYTES, LITTLE_ENDIAN), f);
      g = s.fma(fromMemorySegment(FLOAT, ALL, at + 6 * BYTES, LITTLE_ENDIAN), g);
      h = s.fma(fromMemorySegment(FLOAT, ALL, at + 7 * BYTES, LITTLE_ENDIAN), h);
    }
    a.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    b.intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
    c.intoMemorySegment(ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    d.intoMemorySegment(ALL, out + 3 * BYTES, LITTLE_ENDIAN);
    e.intoMemorySegment(ALL, out + 4 * BYTES, LITTLE_ENDIAN);
    f.intoMemorySegment(ALL, out + 5 * BYTES, LITTLE_ENDIAN);
    g.intoMemorySegment(ALL, out + 6 * BYTES, LITTLE_ENDIAN);
    h.intoMemorySegment(ALL, out + 7 * BYTES, LITTLE_ENDIAN);
  }

  private static void values4(long w, int rows, long v, long stride, long out) {
    FloatVector a = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector b = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    FloatVector c = fromMemorySegment(FLOAT, ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    FloatVector d = fromMemorySegment(FLOAT, ALL, out + 3 * BYTES, LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) row * Float.BYTES));
      long at = v + row * stride;
      a = s.fma(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN), a);
      b = s.fma(fromMemorySegment(FLOAT, ALL, at + BYTES, LITTLE_ENDIAN), b);
      c = s.fma(fromMemorySegment(FLOAT, ALL, at + 2 * BYTES, LITTLE_ENDIAN), c);
      d = s.fma(fromMemorySegment(FLOAT, ALL, at + 3 * BYTES, LITTLE_ENDIAN), d);
    }
    a.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    b.intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
    c.intoMemorySegment(ALL, out + 2 * BYTES, LITTLE_ENDIAN);
    d.intoMemorySegment(ALL, out + 3 * BYTES, LITTLE_ENDIAN);
  }

  private static void values2(long w, int rows, long v, long stride, long out) {
    FloatVector a = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    FloatVector b = fromMemorySegment(FLOAT, ALL, out + BYTES, LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) row * Float.BYTES));
      long at = v + row * stride;
      a = s.fma(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN), a);
      b = s.fma(fromMemorySegment(FLOAT, ALL, at + BYTES, LITTLE_ENDIAN), b);
    }
    a.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    b.intoMemorySegment(ALL, out + BYTES, LITTLE_ENDIAN);
  }

  private static void values1(long w, int rows, long v, long stride, long out) {
    FloatVector a = fromMemorySegment(FLOAT, ALL, out, LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      FloatVector s = broadcast(FLOAT, ALL.get(JAVA_FLOAT_UNALIGNED, w + (long) row * Float.BYTES));
      long at = v + row * stride;
      a = s.fma(fromMemorySegment(FLOAT, ALL, at, LITTLE_ENDIAN), a);
    }
    a.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
  }
}
