package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The calls into the functions over rows that {@link MachineRowCode} has written: {@link Kernels}
 * on addresses, which the callers have checked. Not to be loaded where there is no machine code.
 */
final class MachineRows {
  private static final MachineRowCode CODE = MachineCode.ROW_CODE;

  private static final MethodHandle ADD = function(CODE.add, null, JAVA_LONG);
  private static final MethodHandle SCALE = function(CODE.scale, null, JAVA_FLOAT);
  private static final MethodHandle GELU = function(CODE.gelu, null);
  private static final MethodHandle EXP =
      function(CODE.exp, null, JAVA_LONG, JAVA_FLOAT, JAVA_FLOAT);
  private static final MethodHandle EXP_DIVIDED =
      function(CODE.expDivided, null, JAVA_LONG, JAVA_FLOAT, JAVA_FLOAT);
  private static final MethodHandle SUM_EXP =
      function(CODE.sumExp, JAVA_FLOAT, JAVA_FLOAT, JAVA_FLOAT);
  private static final MethodHandle SUM_EXP_DIVIDED =
      function(CODE.sumExpDivided, JAVA_FLOAT, JAVA_FLOAT, JAVA_FLOAT);
  private static final MethodHandle SOFTMAX = function(CODE.softmaxNumerators, JAVA_FLOAT);
  private static final MethodHandle MOMENTS = function(CODE.moments, null, JAVA_LONG, JAVA_FLOAT);
  private static final MethodHandle SHIFTED_DOT =
      function(CODE.shiftedDot, JAVA_FLOAT, JAVA_LONG, JAVA_FLOAT);
  private static final MethodHandle LAYER_NORM =
      function(CODE.layerNorm, null, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_FLOAT, JAVA_FLOAT);
  private static final MethodHandle MAX = function(CODE.max, JAVA_FLOAT);
  private static final MethodHandle COUNT_GREATER =
      function(CODE.countGreater, JAVA_INT, JAVA_FLOAT);
  private static final MethodHandle INDICES_WITHIN =
      MachineCode.function(
          CODE.indicesWithin,
          FunctionDescriptor.of(
              JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_FLOAT, JAVA_FLOAT),
          true);
  private static final MethodHandle PACK =
      MachineCode.function(
          CODE.pack,
          FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          true);

  private MachineRows() {}

  /** A function of a row, its size and other arguments. */
  private static MethodHandle function(int entry, MemoryLayout result, MemoryLayout... others) {
    FunctionDescriptor descriptor =
        FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG).appendArgumentLayouts(others);
    return MachineCode.function(
        entry, result == null ? descriptor : descriptor.changeReturnLayout(result), false);
  }

  static void add(long x, long n, long y) {
    try {
      ADD.invokeExact(x, n, y);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static void scale(long x, long n, float factor) {
    try {
      SCALE.invokeExact(x, n, factor);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static void gelu(long x, long n) {
    try {
      GELU.invokeExact(x, n);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static void exp(long x, long n, long out, float temperature, float shift) {
    try {
      if (temperature == 1f) {
        EXP.invokeExact(x, n, out, temperature, shift);
      } else {
        EXP_DIVIDED.invokeExact(x, n, out, temperature, shift);
      }
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static float sumExp(long x, long n, float temperature, float shift) {
    try {
      return temperature == 1f
          ? (float) SUM_EXP.invokeExact(x, n, temperature, shift)
          : (float) SUM_EXP_DIVIDED.invokeExact(x, n, temperature, shift);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static float softmaxNumerators(long x, long n) {
    try {
      return (float) SOFTMAX.invokeExact(x, n);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static void moments(long x, long n, long out, float shift) {
    try {
      MOMENTS.invokeExact(x, n, out, shift);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static float shiftedDot(long x, long n, long y, float shift) {
    try {
      return (float) SHIFTED_DOT.invokeExact(x, n, y, shift);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static void layerNorm(long x, long n, long weight, long bias, long out, float epsilon) {
    try {
      LAYER_NORM.invokeExact(x, n, weight, bias, out, epsilon, (float) n);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static float max(long x, long n) {
    try {
      return (float) MAX.invokeExact(x, n);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  static int countGreater(long x, long n, float value) {
    try {
      return (int) COUNT_GREATER.invokeExact(x, n, value);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  /** Writes the indices of the hits, counted from {@code first}, and returns how many there are. */
  static int indicesWithin(
      long x, long n, MemorySegment indices, long first, float low, float high) {
    try {
      return (int) INDICES_WITHIN.invokeExact(x, n, indices, first, low, high);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }

  /** {@link PackedRows#set}; offset and stride in bytes, n at least 1. */
  static void pack(MemorySegment packed, long offset, long x, long stride, long n, long rows) {
    try {
      PACK.invokeExact(packed, offset, x, stride, n, rows);
    } catch (Throwable e) {
      throw MachineCode.failed(e);
    }
  }
}
