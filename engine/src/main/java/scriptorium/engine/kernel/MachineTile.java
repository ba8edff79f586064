package scriptorium.engine.kernel;

import static scriptorium.engine.machine.GeneralRegister.R10;
import static scriptorium.engine.machine.GeneralRegister.R11;
import static scriptorium.engine.machine.GeneralRegister.R12;
import static scriptorium.engine.machine.GeneralRegister.R8;
import static scriptorium.engine.machine.GeneralRegister.R9;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RBX;
import static scriptorium.engine.machine.GeneralRegister.RCX;
import static scriptorium.engine.machine.GeneralRegister.RDX;

import scriptorium.engine.machine.Address;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.Condition;
import scriptorium.engine.machine.GeneralRegister;
import scriptorium.engine.machine.Label;
import scriptorium.engine.machine.VectorRegister;
import scriptorium.engine.memory.DataType;

/**
 * Writes one micro-kernel of the matrix product: R rows by V vectors of columns, each output an
 * accumulator in a register, over some k in ascending order. One source for any number of rows and
 * both widths.
 *
 * <p>It is called with: rax, packed rows (the tile's first row at the first k); rbx, weights of the
 * first panel at the first k; rdx, bytes from a panel to the next; rcx, number of k; r8, outputs;
 * r9, bytes from an output row to the next; r10, what the accumulators start from; r11, bytes from
 * a row of that to the next; r12, weights that are wanted next. It changes rax, rbx, rcx, r8, r10,
 * r12 and the vector registers.
 */
final class MachineTile {
  private static final int CACHE_LINE = 64;
  private static final int ROW_STEP = Kernels.ROW_BLOCK * Float.BYTES;
  static final int UNROLL = 4;

  private final Assembler code;
  private final int bits;
  private final int rows;
  private final int vectors;
  private final int linesAhead;
  private final DataType type;
  private final int line;
  private final VectorRegister[] loaded;
  private final VectorRegister[] broadcast;

  /**
   * @param linesAhead cache lines of each panel that are prefetched for every {@value #UNROLL} k,
   *     at most as many
   * @param type of the weights
   */
  MachineTile(Assembler code, int bits, int rows, int vectors, int linesAhead, DataType type) {
    this.code = code;
    this.bits = bits;
    this.rows = rows;
    this.vectors = vectors;
    this.linesAhead = linesAhead;
    this.type = type;
    line = Kernels.LANES * type.bytes();
    if (!fits(bits, rows, vectors)) {
      throw new IllegalArgumentException(
          "A tile of " + rows + " rows by " + vectors + " vectors does not fit the registers");
    }
    // The weights of all vectors stay in registers while rows come one by one; where registers are
    // too few for that, the rows stay and the vectors come one by one.
    int first = rows * vectors;
    int left = registers(bits) - first;
    loaded = registers(first, left > vectors ? vectors : left - rows);
    broadcast = registers(first + loaded.length, left - loaded.length);
  }

  /** Whether the registers hold the accumulators, and beside them what they are made of. */
  static boolean fits(int bits, int rows, int vectors) {
    int left = registers(bits) - rows * vectors;
    return left > vectors || left > rows;
  }

  private static int registers(int bits) {
    return bits == 512 ? 32 : 16;
  }

  private VectorRegister[] registers(int first, int count) {
    VectorRegister[] registers = new VectorRegister[count];
    for (int i = 0; i < count; i++) {
      registers[i] = new VectorRegister(first + i, bits);
    }
    return registers;
  }

  private VectorRegister accumulator(int row, int vector) {
    return new VectorRegister(row * vectors + vector, bits);
  }

  /** Writes the micro-kernel, return included. */
  void write() {
    for (int row = 0; row < rows; row++) {
      for (int vector = 0; vector < vectors; vector++) {
        code.vmovups(accumulator(row, vector), Address.at(R10, vector * bits / Byte.SIZE));
      }
      if (row < rows - 1) {
        code.add(R10, R11);
      }
    }
    Label rest = new Label();
    Label end = new Label();
    code.mov(R10, RCX);
    code.shr(R10, Integer.numberOfTrailingZeros(UNROLL));
    code.jump(Condition.E, rest);
    loop(UNROLL, R10);
    code.place(rest);
    code.and(RCX, UNROLL - 1);
    code.jump(Condition.E, end);
    loop(1, RCX);
    code.place(end);
    for (int row = 0; row < rows; row++) {
      for (int vector = 0; vector < vectors; vector++) {
        code.vmovups(Address.at(R8, vector * bits / Byte.SIZE), accumulator(row, vector));
      }
      if (row < rows - 1) {
        code.add(R8, R9);
      }
    }
    code.ret();
  }

  private void loop(int steps, GeneralRegister counter) {
    code.align(32);
    Label again = new Label();
    code.place(again);
    for (int step = 0; step < steps; step++) {
      if (steps == UNROLL) {
        prefetch(step);
      }
      step(step);
    }
    code.add(RAX, steps * ROW_STEP);
    code.add(RBX, steps * line);
    if (steps == UNROLL && linesAhead > 0) {
      code.add(R12, linesAhead * CACHE_LINE);
    }
    code.sub(counter, 1);
    code.jump(Condition.NE, again);
  }

  /** The share of one step in the lines that are wanted next, of the first and a second panel. */
  private void prefetch(int step) {
    if (step < linesAhead) {
      code.prefetcht1(Address.at(R12, step * CACHE_LINE));
      if (vectors * bits / Float.SIZE > Kernels.LANES) {
        code.prefetcht1(Address.at(R12, RDX, step * CACHE_LINE));
      }
    }
  }

  private void step(int step) {
    if (loaded.length == vectors) {
      for (int vector = 0; vector < vectors; vector++) {
        load(loaded[vector], weights(vector, step));
      }
      for (int row = 0; row < rows; row++) {
        VectorRegister x = broadcast[row % broadcast.length];
        code.vbroadcastss(x, Address.at(RAX, step * ROW_STEP + row * Float.BYTES));
        for (int vector = 0; vector < vectors; vector++) {
          code.vfmadd231ps(accumulator(row, vector), x, loaded[vector]);
        }
      }
      return;
    }
    for (int row = 0; row < rows; row++) {
      code.vbroadcastss(broadcast[row], Address.at(RAX, step * ROW_STEP + row * Float.BYTES));
    }
    for (int vector = 0; vector < vectors; vector++) {
      VectorRegister w = loaded[vector % loaded.length];
      load(w, weights(vector, step));
      for (int row = 0; row < rows; row++) {
        code.vfmadd231ps(accumulator(row, vector), broadcast[row], w);
      }
    }
  }

  /** Loads a vector of weights, widened to f32. */
  private void load(VectorRegister to, Address from) {
    switch (type) {
      case F32 -> code.vmovups(to, from);
      case F16 -> code.vcvtph2ps(to, from);
      case BF16 -> {
        code.vpmovzxwd(to, from);
        code.vpslld(to, to, Short.SIZE);
      }
    }
  }

  private Address weights(int vector, int step) {
    int column = vector * bits / Float.SIZE * type.bytes();
    int at = step * line + column % line;
    return column < line ? Address.at(RBX, at) : Address.at(RBX, RDX, at);
  }
}
