package scriptorium.engine.kernel;

import static scriptorium.engine.machine.GeneralRegister.R10;
import static scriptorium.engine.machine.GeneralRegister.R11;
import static scriptorium.engine.machine.GeneralRegister.R12;
import static scriptorium.engine.machine.GeneralRegister.R15;
import static scriptorium.engine.machine.GeneralRegister.R8;
import static scriptorium.engine.machine.GeneralRegister.R9;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RBP;
import static scriptorium.engine.machine.GeneralRegister.RBX;
import static scriptorium.engine.machine.GeneralRegister.RCX;
import static scriptorium.engine.machine.GeneralRegister.RDI;
import static scriptorium.engine.machine.GeneralRegister.RDX;
import static scriptorium.engine.machine.GeneralRegister.RSI;

import scriptorium.engine.machine.Address;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.Condition;
import scriptorium.engine.machine.GeneralRegister;
import scriptorium.engine.machine.Label;
import scriptorium.engine.machine.VectorRegister;

/**
 * Writes one tile of attention: {@code out[r][j] = scale * (start + sum over i of w[r][i] *
 * m[i][j])}, fma over i ascending, for 1 to 4 rows and the columns of one panel or two. Scores
 * start from zero and are scaled; values start from what is in out and are not. The lines that a
 * later tile will read are prefetched: decoding rows are bound by memory.
 *
 * <p>Registers: rsi, w of the first row; r9, bytes from a row of it to the next; rbp, m; rdx, bytes
 * from a panel to the next; r15, out; r11, bytes from an output row to the next; r12, distance of
 * the lines to prefetch; rdi, the arguments of {@link MachineAttentionCode}. It changes rax, rbx,
 * rcx, r8, r10 and the vectors.
 */
final class MachineAttentionTile {
  /** Rows of a tile at most, by the addresses that registers can make. */
  static final int MOST_ROWS = 4;

  private static final int LINE = Kernels.LANES * Float.BYTES;
  private static final int UNROLL = 4;

  private final Assembler code;
  private final int bits;
  private final boolean half;
  private final boolean scores;
  private final int rows;
  private final int panels;
  private final int vectorBytes;

  MachineAttentionTile(
      Assembler code, int bits, boolean half, boolean scores, int rows, int panels) {
    this.code = code;
    this.bits = bits;
    this.half = half;
    this.scores = scores;
    this.rows = rows;
    this.panels = panels;
    vectorBytes = bits / Byte.SIZE;
  }

  /**
   * Panels of a tile at most: what the registers hold. One row waits for memory, which comes faster
   * in the order in which it lies: two panels at once took a third longer on a Zen 4.
   */
  static int mostPanels(int bits, boolean half, int rows) {
    return half || rows == 1 || bits == 256 && rows > 3 ? 1 : 2;
  }

  /** Writes the tile; falls through behind it. Halves of several rows go a vector at a time. */
  void write() {
    int line = panels * LINE;
    int part = half && rows > 1 ? vectorBytes : line;
    for (int from = 0; from < line; from += part) {
      new Pass(from, part / vectorBytes).write();
    }
  }

  /** Some vectors of each line, from a byte on. */
  private final class Pass {
    private final int from;
    private final int loads;
    private final int vectors;
    private int nextRegister;
    private final VectorRegister[] accumulators;
    private final VectorRegister[] weights;
    private final VectorRegister[] loaded;
    private final VectorRegister mask;
    private final VectorRegister widening;

    Pass(int from, int loads) {
      this.from = from;
      this.loads = loads;
      vectors = half ? 2 * loads : loads;
      accumulators = take(rows * vectors);
      mask = half ? take(1)[0] : null;
      widening = half ? take(1)[0] : null;
      weights = take(half ? 1 : rows);
      loaded = take(Math.min(2, (bits == 512 ? 32 : 16) - nextRegister));
    }

    private VectorRegister[] take(int count) {
      VectorRegister[] registers = new VectorRegister[count];
      for (int i = 0; i < count; i++) {
        registers[i] = new VectorRegister(nextRegister, bits);
        nextRegister++;
      }
      return registers;
    }

    void write() {
      code.mov(RAX, RSI);
      code.mov(RBX, RBP);
      code.mov(R8, R15);
      if (rows > 2) {
        code.lea(R10, new Address(R9, R9, 2, 0));
      }
      if (half) {
        code.vbroadcastss(mask, Address.at(RDI, MachineAttentionCode.HALF_MASK));
        code.vbroadcastss(widening, Address.at(RDI, MachineAttentionCode.HALF_SCALE));
      }
      start();
      if (panels == 2) {
        code.lea(R8, Address.at(RDX, R12, 0));
      }
      Label rest = new Label();
      Label end = new Label();
      code.mov(RCX, Address.at(RDI, MachineAttentionCode.COUNT));
      code.shr(RCX, Integer.numberOfTrailingZeros(UNROLL));
      code.jump(Condition.E, rest);
      loop(UNROLL);
      code.place(rest);
      code.mov(RCX, Address.at(RDI, MachineAttentionCode.COUNT));
      code.and(RCX, UNROLL - 1);
      code.jump(Condition.E, end);
      loop(1);
      code.place(end);
      finish();
    }

    private void start() {
      for (int row = 0; row < rows; row++) {
        for (int vector = 0; vector < vectors; vector++) {
          VectorRegister sum = accumulators[row * vectors + vector];
          if (scores) {
            code.vxorps(sum, sum, sum);
          } else {
            code.vmovups(sum, Address.at(R8, column(vector)));
          }
        }
        if (!scores && row < rows - 1) {
          code.add(R8, R11);
        }
      }
    }

    private void finish() {
      if (scores) {
        code.vbroadcastss(weights[0], Address.at(RDI, MachineAttentionCode.SCALE));
      }
      code.mov(R8, R15);
      for (int row = 0; row < rows; row++) {
        for (int vector = 0; vector < vectors; vector++) {
          VectorRegister sum = accumulators[row * vectors + vector];
          if (scores) {
            code.vmulps(sum, sum, weights[0]);
          }
          code.vmovups(Address.at(R8, column(vector)), sum);
        }
        if (row < rows - 1) {
          code.add(R8, R11);
        }
      }
    }

    /** Where a vector's columns stand in an output row, in bytes. */
    private int column(int vector) {
      if (!half) {
        return vector * vectorBytes;
      }
      return from + vector / 2 * vectorBytes + vector % 2 * LINE;
    }

    private void loop(int steps) {
      code.align(32);
      Label again = new Label();
      code.place(again);
      for (int step = 0; step < steps; step++) {
        if (half) {
          stepOverHalves(step);
        } else {
          step(step);
        }
      }
      code.add(RAX, steps * Float.BYTES);
      code.add(RBX, steps * LINE);
      code.sub(RCX, 1);
      code.jump(Condition.NE, again);
    }

    private void step(int step) {
      prefetch(step);
      for (int row = 0; row < rows; row++) {
        code.vbroadcastss(weights[row], weight(row, step));
      }
      for (int vector = 0; vector < vectors; vector++) {
        VectorRegister x = loaded[vector % loaded.length];
        code.vmovups(x, line(vector, step));
        for (int row = 0; row < rows; row++) {
          code.vfmadd231ps(accumulators[row * vectors + vector], weights[row], x);
        }
      }
    }

    private void stepOverHalves(int step) {
      prefetch(step);
      for (int load = 0; load < loads; load++) {
        VectorRegister high = loaded[0];
        VectorRegister low = loaded[1];
        code.vmovups(high, line(load, step));
        code.vpslld(low, high, Short.SIZE);
        code.vpsrad(low, low, 3);
        code.vpsrad(high, high, 3);
        code.vandps(low, low, mask);
        code.vandps(high, high, mask);
        for (int row = 0; row < rows; row++) {
          if (rows > 1 || load == 0) {
            code.vbroadcastss(weights[0], weight(row, step));
            code.vmulps(weights[0], weights[0], widening);
          }
          code.vfmadd231ps(accumulators[row * vectors + 2 * load], weights[0], low);
          code.vfmadd231ps(accumulators[row * vectors + 2 * load + 1], weights[0], high);
        }
      }
    }

    private void prefetch(int step) {
      code.prefetcht0(Address.at(RBX, R12, step * LINE));
      if (panels == 2) {
        code.prefetcht0(Address.at(RBX, R8, step * LINE));
      }
    }

    private Address weight(int row, int step) {
      int at = step * Float.BYTES;
      GeneralRegister index = row == 0 ? null : row == 3 ? R10 : R9;
      return new Address(RAX, index, row == 2 ? 2 : 1, at);
    }

    private Address line(int vector, int step) {
      int byteInLines = from + vector * vectorBytes;
      int at = step * LINE + byteInLines % LINE;
      return byteInLines < LINE ? Address.at(RBX, at) : Address.at(RBX, RDX, at);
    }
  }
}
