package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static scriptorium.engine.memory.NativeFloats.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * {@link Kernels#matmul} in machine code: plans the tiles of a call, which {@link
 * MachineMatmulCode} runs.
 *
 * <p>Panels go in pairs. A pair's weights are cut into chunks of k that stay in the nearest cache
 * while all tiles of rows pass over them; accumulators wait in the output meanwhile, which changes
 * no bit. The tiles of a chunk share the work of prefetching the next chunk into the second-level
 * cache: without that, 32 rows reach 98 of 175 GFLOP/s on weights that come from memory, with it
 * 150 (AVX-512, one core of a Xeon of 2023; MatmulBenchmark).
 */
final class MachineMatmul {
  private static final int LINE = Kernels.LANES * Float.BYTES;

  /** k of a chunk, about: 16 KiB of f32 a panel. 128 to 384 give the same within 3 %. */
  private static final int CHUNK = 256;

  /**
   * Multiplications and additions of one call at most, about 100 microseconds of a slow core: the
   * JVM cannot stop a thread within it.
   */
  private static final long MOST_FLOPS = 8_000_000;

  /** So that the list of tiles, at most four entries a block, has an end. */
  private static final int MOST_BLOCKS = 64;

  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(
          () ->
              Arena.ofAuto()
                  .allocate(
                      MachineMatmulCode.ARGUMENTS + 4L * MOST_BLOCKS * MachineMatmulCode.ENTRY,
                      LINE));

  /** The bias of a product without one. */
  private static final MemorySegment ZEROS = Arena.global().allocate(2L * LINE, LINE);

  private MachineMatmul() {}

  static void matmul(
      PackedRows a,
      int rowFrom,
      int rowTo,
      WeightPanels panels,
      int panelFrom,
      int panelTo,
      MemorySegment bias,
      MemorySegment out,
      long outStride) {
    KernelArguments.matmul(a, rowFrom, rowTo, panels, panelFrom, panelTo, bias, out, outStride);
    int pairs = (panelTo - panelFrom) / 2;
    long blockFlops = 2L * Kernels.ROW_BLOCK * a.depth() * (panelTo - panelFrom) * Kernels.LANES;
    int blocks = Math.clamp(MOST_FLOPS / Math.max(1, blockFlops), 1, MOST_BLOCKS);
    for (int row = rowFrom; row < rowTo; row += blocks * Kernels.ROW_BLOCK) {
      int end = Math.min(rowTo, row + blocks * Kernels.ROW_BLOCK);
      if (pairs > 0) {
        run(a, row, end, panels, panelFrom, pairs, 2, bias, out, outStride);
      }
      if (panelFrom + 2 * pairs < panelTo) {
        run(a, row, end, panels, panelTo - 1, 1, 1, bias, out, outStride);
      }
    }
  }

  /** Some rows by groups of {@code width} panels, one or two. */
  private static void run(
      PackedRows a,
      int rowFrom,
      int rowTo,
      WeightPanels panels,
      int panel,
      int groups,
      int width,
      MemorySegment bias,
      MemorySegment out,
      long outStride) {
    long to = SCRATCH.get().address();
    int depth = a.depth();
    long panelBytes = (long) depth * panels.lineBytes();
    MachineMatmulCode code = MachineCode.matmulCode(panels.type());
    boolean biased = !bias.equals(MemorySegment.NULL);
    set(to, MachineMatmulCode.PANELS, panels.data().address() + panel * panelBytes);
    set(to, MachineMatmulCode.GROUP_BYTES, width * panelBytes);
    set(to, MachineMatmulCode.GROUPS, groups);
    set(to, MachineMatmulCode.OUT, out.address() + (long) panel * LINE);
    set(to, MachineMatmulCode.OUT_STEP, (long) width * LINE);
    set(to, MachineMatmulCode.OUT_STRIDE, outStride * Float.BYTES);
    set(
        to,
        MachineMatmulCode.BIAS,
        biased ? bias.address() + (long) panel * LINE : ZEROS.address());
    set(to, MachineMatmulCode.BIAS_STEP, biased ? (long) width * LINE : 0);
    set(to, MachineMatmulCode.DEPTH, depth);
    set(to, MachineMatmulCode.CHUNK, chunk(depth));
    set(to, MachineMatmulCode.PANEL_BYTES, panelBytes);
    long list = to + MachineMatmulCode.ARGUMENTS;
    set(to, MachineMatmulCode.LIST, list);
    set(
        to,
        MachineMatmulCode.LIST_END,
        list(code, list, rowFrom, rowTo, width, depth, panelBytes, outStride * Float.BYTES));
    MachineCode.matmul(code, a.segment(), to);
  }

  /** The depth in equal parts of about {@value #CHUNK}, whole steps of a tile's loop. */
  private static int chunk(int depth) {
    int chunks = Math.max(1, (depth + CHUNK / 2) / CHUNK);
    return Math.ceilDiv(Math.ceilDiv(depth, chunks), MachineTile.UNROLL) * MachineTile.UNROLL;
  }

  /**
   * Writes the passes of a chunk and returns their end: each tile on the first panel, then on the
   * second; tiles of few rows take both at once.
   */
  private static long list(
      MachineMatmulCode code,
      long at,
      int rowFrom,
      int rowTo,
      int width,
      int depth,
      long panelBytes,
      long outStride) {
    int tiles = 0;
    for (int row = rowFrom; row < rowTo; row += tileRows(code, row, rowTo)) {
      tiles++;
    }
    for (int panel = 0; panel < width; panel++) {
      int tile = 0;
      int linesBefore = 0;
      int rows;
      for (int row = rowFrom; row < rowTo; row += rows) {
        rows = tileRows(code, row, rowTo);
        int lines = linesAhead(code.lines(), tiles, tile);
        boolean both = width == 2 && code.takesTwo(rows);
        if (panel == 0 || !both) {
          int block = row / Kernels.ROW_BLOCK * Kernels.ROW_BLOCK;
          long packed = (long) block * depth + row - block;
          int kernel = code.tile(rows, both ? 2 : 1, lines);
          set(at, MachineMatmulCode.TILE, MachineCode.address(kernel));
          set(at, MachineMatmulCode.TILE_ROWS, packed * Float.BYTES);
          set(at, MachineMatmulCode.TILE_PANEL, panel * panelBytes);
          set(at, MachineMatmulCode.TILE_OUT, row * outStride + (long) panel * LINE);
          set(at, MachineMatmulCode.TILE_COLUMN, (long) panel * LINE);
          set(at, MachineMatmulCode.TILE_AHEAD, linesBefore);
          at += MachineMatmulCode.ENTRY;
        }
        linesBefore += lines;
        tile++;
      }
    }
    return at;
  }

  /** Rows of the tile that begins with a row: the rest of a block, or half of it. */
  private static int tileRows(MachineMatmulCode code, int row, int rowTo) {
    int inBlock = row % Kernels.ROW_BLOCK;
    int left = Math.min(rowTo - row, Kernels.ROW_BLOCK - inBlock);
    return left > code.mostRows() ? (left + 1) / 2 : left;
  }

  /** A tile's share of the lines that the next chunk needs for every four k. */
  private static int linesAhead(int lines, int tiles, int tile) {
    return lines / tiles + (tile < lines % tiles ? 1 : 0);
  }

  private static void set(long address, int place, long value) {
    ALL.set(JAVA_LONG, address + place, value);
  }
}
