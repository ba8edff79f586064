package scriptorium.engine.kernel;

import static scriptorium.engine.machine.GeneralRegister.R10;
import static scriptorium.engine.machine.GeneralRegister.R11;
import static scriptorium.engine.machine.GeneralRegister.R12;
import static scriptorium.engine.machine.GeneralRegister.R13;
import static scriptorium.engine.machine.GeneralRegister.R14;
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
import scriptorium.engine.memory.DataType;

/**
 * Writes the matrix product: every micro-kernel of {@link MachineTile} that a width needs, and the
 * loops over groups of panels, chunks of k and a list of tiles that call them. {@link
 * MachineMatmul} makes the arguments.
 */
final class MachineMatmulCode {
  // Arguments, 8 bytes each, from the address in the second register; the first is the packed rows.
  static final int PANELS = 0;
  static final int GROUP_BYTES = 8;
  static final int GROUPS = 16;
  static final int OUT = 24;
  static final int OUT_STEP = 32;
  static final int OUT_STRIDE = 40;
  static final int BIAS = 48;
  static final int BIAS_STEP = 56;
  static final int DEPTH = 64;
  static final int CHUNK = 72;
  static final int LIST = 80;
  static final int LIST_END = 88;
  static final int PANEL_BYTES = 96;
  private static final int ROWS = 104;
  private static final int CHUNK_NOW = 112;
  private static final int NEXT_CHUNK = 120;
  static final int ARGUMENTS = 128;

  // An entry of the list: a pass of one tile over a chunk.
  static final int TILE = 0;
  static final int TILE_ROWS = 8;
  static final int TILE_PANEL = 16;
  static final int TILE_OUT = 24;
  static final int TILE_COLUMN = 32;
  static final int TILE_AHEAD = 40;
  static final int ENTRY = 48;

  private static final int CACHE_LINE = 64;

  private static final GeneralRegister[] SAVED = {RBX, RBP, R12, R13, R14, R15};

  private final int bits;
  private final DataType type;
  private final int entry;

  /** Offset of the tile for so many rows, panels less 1, and lines ahead; 0 if it does not fit. */
  private final int[][][] tiles;

  /**
   * Writes everything behind what the assembler has.
   *
   * @param type of the weights
   */
  MachineMatmulCode(Assembler code, int bits, DataType type) {
    this.bits = bits;
    this.type = type;
    code.align(64);
    entry = code.size();
    writeLoops(code);
    tiles = new int[mostRows() + 1][2][MachineTile.UNROLL + 1];
    for (int rows = 1; rows <= mostRows(); rows++) {
      for (int panels = 1; panels <= 2; panels++) {
        int vectors = panels * Kernels.LANES * Float.SIZE / bits;
        for (int lines = 0; MachineTile.fits(bits, rows, vectors) && lines <= lines(); lines++) {
          code.align(64);
          tiles[rows][panels - 1][lines] = code.size();
          new MachineTile(code, bits, rows, vectors, lines, type).write();
        }
      }
    }
  }

  /** Where the function of packed rows and arguments begins. */
  int entry() {
    return entry;
  }

  /** Cache lines of a panel for every {@value MachineTile#UNROLL} k. */
  int lines() {
    return MachineTile.UNROLL * Kernels.LANES * type.bytes() / CACHE_LINE;
  }

  /** Rows of a tile at most. */
  int mostRows() {
    return bits == 512 ? Kernels.ROW_BLOCK : Kernels.ROW_BLOCK / 2;
  }

  /** Whether one pass of a tile of so many rows takes two panels. */
  boolean takesTwo(int rows) {
    return tiles[rows][1][0] != 0;
  }

  /** Where a tile's micro-kernel begins. */
  int tile(int rows, int panels, int linesAhead) {
    return tiles[rows][panels - 1][linesAhead];
  }

  private void writeLoops(Assembler code) {
    Label group = new Label();
    Label chunk = new Label();
    Label entry = new Label();
    for (GeneralRegister register : SAVED) {
      code.push(register);
    }
    code.mov(RBP, RSI);
    code.mov(Address.at(RBP, ROWS), RDI);
    code.place(group);
    code.mov(R13, Address.at(RBP, DEPTH)); // k that are left
    code.mov(R14, Address.at(RBP, PANELS)); // the chunk's weights
    code.mov(RDI, Address.at(RBP, ROWS)); // the chunk's rows
    code.mov(R15, Address.at(RBP, BIAS)); // 0 behind the first chunk
    code.place(chunk);
    writeChunkSize(code);
    code.mov(RSI, Address.at(RBP, LIST));
    code.place(entry);
    writeTileArguments(code);
    code.call(Address.at(RSI, TILE));
    code.add(RSI, ENTRY);
    code.cmp(RSI, Address.at(RBP, LIST_END));
    code.jump(Condition.NE, entry);

    code.mov(RCX, Address.at(RBP, CHUNK_NOW));
    code.sub(R13, RCX);
    code.mov(RAX, RCX);
    code.shl(RAX, lineShift());
    code.add(R14, RAX);
    code.shl(RCX, 4);
    code.lea(RCX, new Address(RCX, RCX, 2, 0)); // 48 bytes a k of a block of 12 rows
    code.add(RDI, RCX);
    code.mov(R15, 0);
    code.test(R13, R13);
    code.jump(Condition.NE, chunk);

    advance(code, PANELS, GROUP_BYTES);
    advance(code, OUT, OUT_STEP);
    advance(code, BIAS, BIAS_STEP);
    code.mov(RAX, Address.at(RBP, GROUPS));
    code.sub(RAX, 1);
    code.mov(Address.at(RBP, GROUPS), RAX);
    code.jump(Condition.NE, group);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      code.pop(SAVED[i]);
    }
    code.vzeroupper();
    code.ret();
  }

  private int lineShift() {
    return Integer.numberOfTrailingZeros(Kernels.LANES * type.bytes());
  }

  private static void advance(Assembler code, int place, int step) {
    code.mov(RAX, Address.at(RBP, step));
    code.add(Address.at(RBP, place), RAX);
  }

  /** How many k the chunk has, and where the weights of the next one lie. */
  private void writeChunkSize(Assembler code) {
    code.mov(RCX, Address.at(RBP, CHUNK));
    code.cmp(R13, RCX);
    code.cmov(Condition.L, RCX, R13);
    code.mov(Address.at(RBP, CHUNK_NOW), RCX);
    code.mov(RAX, RCX);
    code.shl(RAX, lineShift());
    code.add(RAX, R14);
    code.mov(R10, Address.at(RBP, PANELS));
    code.add(R10, Address.at(RBP, GROUP_BYTES));
    code.cmp(RCX, R13);
    code.cmov(Condition.E, RAX, R10);
    code.mov(Address.at(RBP, NEXT_CHUNK), RAX);
  }

  /** The registers of {@link MachineTile}, for the entry that rsi points at. */
  private static void writeTileArguments(Assembler code) {
    code.mov(RAX, RDI);
    code.add(RAX, Address.at(RSI, TILE_ROWS));
    code.mov(RBX, R14);
    code.add(RBX, Address.at(RSI, TILE_PANEL));
    code.mov(R8, Address.at(RBP, OUT));
    code.add(R8, Address.at(RSI, TILE_OUT));
    code.mov(R9, Address.at(RBP, OUT_STRIDE));
    code.mov(R10, R15);
    code.add(R10, Address.at(RSI, TILE_COLUMN));
    code.mov(R11, 0);
    code.test(R15, R15);
    code.cmov(Condition.E, R10, R8);
    code.cmov(Condition.E, R11, R9);
    code.mov(RCX, Address.at(RBP, CHUNK_NOW));
    code.mov(R12, Address.at(RSI, TILE_AHEAD)); // in lines for every four k
    code.imul(R12, RCX);
    code.shl(R12, Integer.numberOfTrailingZeros(CACHE_LINE / MachineTile.UNROLL));
    code.add(R12, Address.at(RBP, NEXT_CHUNK));
    code.add(R12, Address.at(RSI, TILE_PANEL));
    code.mov(RDX, Address.at(RBP, PANEL_BYTES));
  }
}
