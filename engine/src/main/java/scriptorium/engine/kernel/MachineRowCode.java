package scriptorium.engine.kernel;

import java.util.function.Consumer;
import scriptorium.engine.machine.Assembler;

/** Writes the functions over rows, and knows where each begins. {@link MachineRows} calls them. */
final class MachineRowCode {
  final int add;
  final int scale;
  final int gelu;
  final int exp;
  final int expDivided;
  final int sumExp;
  final int sumExpDivided;
  final int softmaxNumerators;
  final int moments;
  final int shiftedDot;
  final int layerNorm;
  final int max;
  final int countGreater;
  final int indicesWithin;
  final int pack;

  private final Assembler code;
  private final int bits;

  /** Writes everything behind what the assembler has. */
  MachineRowCode(Assembler code, int bits) {
    this.code = code;
    this.bits = bits;
    add = write(MachineElementwise::add);
    scale = write(MachineElementwise::scale);
    gelu = write(MachineElementwise::gelu);
    exp = write(row -> MachineElementwise.exp(row, false));
    expDivided = write(row -> MachineElementwise.exp(row, true));
    sumExp = write(row -> MachineSums.sumExp(row, false));
    sumExpDivided = write(row -> MachineSums.sumExp(row, true));
    softmaxNumerators = write(MachineSums::softmaxNumerators);
    moments = write(MachineSums::moments);
    shiftedDot = write(MachineSums::shiftedDot);
    layerNorm = write(MachineLayerNorm::write);
    max = write(MachineMax::max);
    countGreater = write(MachineMax::countGreater);
    code.align(64);
    indicesWithin = code.size();
    MachineSearch.write(new MachineRow(code, MachineSearch.BITS));
    code.align(64);
    pack = code.size();
    MachinePack.write(code);
  }

  private int write(Consumer<MachineRow> function) {
    code.align(64);
    int entry = code.size();
    function.accept(new MachineRow(code, bits));
    return entry;
  }
}
