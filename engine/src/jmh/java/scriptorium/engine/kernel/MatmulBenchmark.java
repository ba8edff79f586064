package scriptorium.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import scriptorium.engine.memory.DataType;

/**
 * One core's matrix products. Shapes are those of a block's four products, C x 3C, C x C, C x 4C,
 * 4C x C with C = 768, 1024, 1280 and 1600 of the four released models; the last is a part of the
 * head, C x V, and 127 x 207 is odd. Rows: one, a tile, decode steps, prefill.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class MatmulBenchmark {
  @Param({"MACHINE_CODE", "VECTOR_API", "SCALAR"})
  public KernelChoice kernels;

  @Param({
    "768x2304",
    "768x768",
    "768x3072",
    "3072x768",
    "768x4096",
    "1024x3072",
    "4096x1024",
    "1280x3840",
    "5120x1280",
    "1600x4800",
    "6400x1600",
    "127x207"
  })
  public String shape;

  @Param({"1", "12", "48", "96", "192", "512"})
  public int rows;

  /** Of the weights. */
  @Param({"F32"})
  public DataType type;

  private Arena arena;
  private Kernels op;
  private PackedRows a;
  private WeightPanels panels;
  private MemorySegment out;
  private int panelCount;
  private int stride;
  private double flops;

  @Setup(Level.Trial)
  public void allocate() {
    op = KernelProvider.kernels(kernels);
    int depth = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
    int columns = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
    panelCount = (columns + Kernels.LANES - 1) / Kernels.LANES;
    stride = panelCount * Kernels.LANES;
    arena = Arena.ofConfined();
    MemorySegment x = random((long) rows * depth);
    a = new PackedRows(rows, depth);
    for (int row = 0; row < rows; row += Kernels.ROW_BLOCK) {
      int count = Math.min(Kernels.ROW_BLOCK, rows - row);
      a.set(x, (long) row * depth, depth, count, depth, row, 0);
    }
    panels = new WeightPanels(random((long) depth * stride), type);
    if (type != DataType.F32) {
      narrow((long) depth * stride);
    }
    out = arena.allocate((long) rows * stride * Float.BYTES, 64);
    flops = 2.0 * rows * depth * columns;
  }

  private MemorySegment random(long count) {
    MemorySegment memory = arena.allocate(count * Float.BYTES, 64);
    java.util.Random random = new java.util.Random(1);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    return memory;
  }

  private void narrow(long count) {
    MemorySegment data = panels.data();
    for (long i = 0; i < count; i++) {
      float wide = data.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      int bits =
          type == DataType.F16
              ? Float.floatToFloat16(wide)
              : Float.floatToRawIntBits(wide) >>> Short.SIZE;
      data.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) bits);
    }
  }

  @TearDown(Level.Trial)
  public void free() {
    arena.close();
  }

  @Benchmark
  public void matmul(Rates rates) {
    op.matmul(a, 0, rows, panels, 0, panelCount, MemorySegment.NULL, out, stride);
    rates.add(flops);
  }
}
