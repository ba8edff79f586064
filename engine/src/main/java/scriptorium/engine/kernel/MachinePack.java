package scriptorium.engine.kernel;

import static scriptorium.engine.machine.GeneralRegister.R10;
import static scriptorium.engine.machine.GeneralRegister.R11;
import static scriptorium.engine.machine.GeneralRegister.R8;
import static scriptorium.engine.machine.GeneralRegister.R9;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RCX;
import static scriptorium.engine.machine.GeneralRegister.RDI;
import static scriptorium.engine.machine.GeneralRegister.RDX;
import static scriptorium.engine.machine.GeneralRegister.RSI;

import scriptorium.engine.machine.Address;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.Condition;
import scriptorium.engine.machine.Label;
import scriptorium.engine.machine.VectorRegister;

/**
 * Writes {@link Kernels#pack}: four rows at a time, by transpositions of 4 rows x 8 columns in
 * registers of 256 bits at either width, then the rest. The bytes are moved, so that every bit of a
 * NaN stays.
 *
 * <p>The function (packed, offset in it, x, stride of x, n, rows), offset and stride in bytes, n at
 * least 1.
 */
final class MachinePack {
  private static final int ROWS = 4;
  private static final int COLUMNS = 8;
  private static final int STEP = Kernels.ROW_BLOCK * Float.BYTES;

  /** Lanes 0 and 1, and lanes 2 and 3, of two vectors. */
  private static final int LOWER = 0b01_00_01_00;

  private static final int UPPER = 0b11_10_11_10;

  private final Assembler code;

  private MachinePack(Assembler code) {
    this.code = code;
  }

  /** Writes the function where the assembler is. */
  static void write(Assembler code) {
    new MachinePack(code).write();
  }

  private void write() {
    Label fours = new Label();
    Label rest = new Label();
    code.add(RDI, RSI);
    code.lea(RSI, new Address(RCX, RCX, 2, 0)); // from a row to the third behind it
    code.place(fours);
    code.cmp(R9, ROWS);
    code.jump(Condition.L, rest);
    begin();
    writeFour();
    code.add(RDI, ROWS * Float.BYTES);
    code.lea(RDX, new Address(RDX, RCX, 4, 0));
    code.sub(R9, ROWS);
    code.jump(fours);

    code.place(rest);
    for (int rows = ROWS - 1; rows > 0; rows--) {
      Label fewer = new Label();
      code.cmp(R9, rows);
      code.jump(Condition.NE, fewer);
      begin();
      writeColumns(rows);
      code.place(fewer);
    }
    code.vzeroupper();
    code.ret();
  }

  /** Sets r10 to the packed place of the row, r11 to the row, rax to its columns. */
  private void begin() {
    code.mov(R10, RDI);
    code.mov(R11, RDX);
    code.mov(RAX, R8);
  }

  /** Four rows: whole transpositions, then column by column. */
  private void writeFour() {
    Label again = new Label();
    Label rest = new Label();
    Label end = new Label();
    code.cmp(RAX, COLUMNS);
    code.jump(Condition.L, rest);
    code.align(32);
    code.place(again);
    transpose();
    code.add(R10, COLUMNS * STEP);
    code.add(R11, COLUMNS * Float.BYTES);
    code.sub(RAX, COLUMNS);
    code.cmp(RAX, COLUMNS);
    code.jump(Condition.GE, again);
    code.place(rest);
    code.test(RAX, RAX);
    code.jump(Condition.E, end);
    writeColumns(ROWS);
    code.place(end);
  }

  /** The columns that rax says of up to four rows, one by one. */
  private void writeColumns(int rows) {
    VectorRegister x = new VectorRegister(0, 128);
    Label again = new Label();
    code.align(32);
    code.place(again);
    for (int row = 0; row < rows; row++) {
      code.vmovss(x, row(row));
      code.vmovss(Address.at(R10, row * Float.BYTES), x);
    }
    code.add(R10, STEP);
    code.add(R11, Float.BYTES);
    code.sub(RAX, 1);
    code.jump(Condition.NE, again);
  }

  private void transpose() {
    for (int row = 0; row < ROWS; row++) {
      code.vmovups(register(row), row(row));
    }
    code.vunpcklps(register(4), register(0), register(1));
    code.vunpckhps(register(5), register(0), register(1));
    code.vunpcklps(register(6), register(2), register(3));
    code.vunpckhps(register(7), register(2), register(3));
    for (int column = 0; column < COLUMNS / 2; column++) { // with the one four behind it
      VectorRegister both = register(column);
      VectorRegister left = register(4 + column / 2);
      VectorRegister right = register(6 + column / 2);
      code.vshufps(both, left, right, column % 2 == 0 ? LOWER : UPPER);
      code.vmovups(Address.at(R10, column * STEP), both.at(128));
      code.vextractf128(Address.at(R10, (column + COLUMNS / 2) * STEP), both);
    }
  }

  private static VectorRegister register(int number) {
    return new VectorRegister(number, 256);
  }

  /** A row of four, at the column that r11 is at. */
  private static Address row(int row) {
    return switch (row) {
      case 0 -> Address.at(R11);
      case 1 -> Address.at(R11, RCX, 0);
      case 2 -> new Address(R11, RCX, 2, 0);
      default -> Address.at(R11, RSI, 0);
    };
  }
}
