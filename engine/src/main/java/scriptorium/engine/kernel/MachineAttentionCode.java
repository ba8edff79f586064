package scriptorium.engine.kernel;

import static scriptorium.engine.machine.GeneralRegister.R11;
import static scriptorium.engine.machine.GeneralRegister.R12;
import static scriptorium.engine.machine.GeneralRegister.R13;
import static scriptorium.engine.machine.GeneralRegister.R14;
import static scriptorium.engine.machine.GeneralRegister.R15;
import static scriptorium.engine.machine.GeneralRegister.R9;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RBP;
import static scriptorium.engine.machine.GeneralRegister.RBX;
import static scriptorium.engine.machine.GeneralRegister.RDI;
import static scriptorium.engine.machine.GeneralRegister.RDX;
import static scriptorium.engine.machine.GeneralRegister.RSI;

import scriptorium.engine.machine.Address;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.Condition;
import scriptorium.engine.machine.GeneralRegister;
import scriptorium.engine.machine.Label;

/**
 * Writes attention over a {@link CacheRun}: for scores and for values, f32 and halves, and each
 * number of rows a function that goes over the blocks, the heads of a block and the panels of a
 * head, and calls for each one or two panels a {@link MachineAttentionTile}. {@link
 * MachineAttention} makes the arguments.
 */
final class MachineAttentionCode {
  // Arguments, 8 bytes each, from the address in the first register; all strides in bytes.
  static final int W = 0;
  static final int W_STRIDE = 8;
  static final int W_HEAD = 16;
  static final int W_BLOCK = 24;
  static final int M = 32;
  static final int M_PANEL = 40;
  static final int M_HEAD = 48;
  static final int M_BLOCK = 56;
  static final int OUT = 64;
  static final int OUT_STRIDE = 72;
  static final int OUT_HEAD = 80;
  static final int OUT_BLOCK = 88;
  static final int COUNT = 96;
  static final int PANELS = 104;
  static final int HEADS = 112;
  static final int BLOCKS = 120;
  static final int AHEAD = 128;
  static final int SCALE = 136;
  static final int HALF_MASK = 144;
  static final int HALF_SCALE = 152;
  static final int ARGUMENTS = 160;

  private static final GeneralRegister[] SAVED = {RBX, RBP, R12, R13, R14, R15};

  /** By halves or not, scores or values, rows. */
  private final int[][][] entries = new int[2][2][MachineAttentionTile.MOST_ROWS + 1];

  /** Writes everything behind what the assembler has. */
  MachineAttentionCode(Assembler code, int bits) {
    for (int half = 0; half < 2; half++) {
      for (int values = 0; values < 2; values++) {
        for (int rows = 1; rows <= MachineAttentionTile.MOST_ROWS; rows++) {
          code.align(64);
          entries[half][values][rows] = code.size();
          writeFunction(code, bits, half == 1, values == 0, rows);
        }
      }
    }
  }

  /** Where the function of the arguments' address begins. */
  int entry(boolean half, boolean scores, int rows) {
    return entries[half ? 1 : 0][scores ? 0 : 1][rows];
  }

  private static void writeFunction(
      Assembler code, int bits, boolean half, boolean scores, int rows) {
    for (GeneralRegister register : SAVED) {
      code.push(register);
    }
    code.mov(R9, Address.at(RDI, W_STRIDE));
    code.mov(R11, Address.at(RDI, OUT_STRIDE));
    code.mov(R12, Address.at(RDI, AHEAD));
    code.mov(RDX, Address.at(RDI, M_PANEL));
    Label block = new Label();
    code.place(block);
    code.mov(RSI, Address.at(RDI, W));
    code.mov(RBP, Address.at(RDI, M));
    code.mov(R15, Address.at(RDI, OUT));
    code.mov(R13, Address.at(RDI, HEADS));
    Label head = new Label();
    code.place(head);
    code.push(RBP);
    code.push(R15);
    writePanels(code, bits, half, scores, rows);
    code.pop(R15);
    code.pop(RBP);
    code.add(RSI, Address.at(RDI, W_HEAD));
    code.add(RBP, Address.at(RDI, M_HEAD));
    code.add(R15, Address.at(RDI, OUT_HEAD));
    code.sub(R13, 1);
    code.jump(Condition.NE, head);
    advance(code, W, W_BLOCK);
    advance(code, M, M_BLOCK);
    advance(code, OUT, OUT_BLOCK);
    code.mov(RAX, Address.at(RDI, BLOCKS));
    code.sub(RAX, 1);
    code.mov(Address.at(RDI, BLOCKS), RAX);
    code.jump(Condition.NE, block);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      code.pop(SAVED[i]);
    }
    code.vzeroupper();
    code.ret();
  }

  /** Over the panels of a head, from rbp and r15 on: by two where the registers hold two. */
  private static void writePanels(
      Assembler code, int bits, boolean half, boolean scores, int rows) {
    int width = MachineAttentionTile.mostPanels(bits, half, rows);
    Label last = new Label();
    Label end = new Label();
    code.mov(R14, Address.at(RDI, PANELS));
    if (width == 2) {
      code.cmp(R14, 2);
      code.jump(Condition.L, last);
    }
    Label again = new Label();
    code.place(again);
    new MachineAttentionTile(code, bits, half, scores, rows, width).write();
    code.lea(RBP, new Address(RBP, RDX, width, 0));
    code.add(R15, width * (half ? 2 : 1) * Kernels.LANES * Float.BYTES);
    code.sub(R14, width);
    code.cmp(R14, width);
    code.jump(Condition.GE, again);
    if (width == 2) {
      code.place(last);
      code.test(R14, R14);
      code.jump(Condition.E, end);
      new MachineAttentionTile(code, bits, half, scores, rows, 1).write();
      code.place(end);
    }
  }

  private static void advance(Assembler code, int place, int step) {
    code.mov(RAX, Address.at(RDI, step));
    code.add(Address.at(RDI, place), RAX);
  }
}
