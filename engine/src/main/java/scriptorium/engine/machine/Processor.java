package scriptorium.engine.machine;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static scriptorium.engine.machine.GeneralRegister.R8;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RBX;
import static scriptorium.engine.machine.GeneralRegister.RCX;
import static scriptorium.engine.machine.GeneralRegister.RDI;
import static scriptorium.engine.machine.GeneralRegister.RDX;
import static scriptorium.engine.machine.GeneralRegister.RSI;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * What the processor can do and the system lets it do: CPUID, and XGETBV for the state that is
 * saved when threads change.
 *
 * @param avx2 AVX2, FMA and F16C at 256 bits
 * @param avx512 AVX-512 F, DQ, BW and VL at 512 bits
 */
public record Processor(boolean avx2, boolean avx512) {
  private static final int FMA = 1 << 12;
  private static final int XGETBV_USABLE = 1 << 27;
  private static final int AVX = 1 << 28;
  private static final int F16C = 1 << 29;
  private static final int AVX2 = 1 << 5;
  private static final int AVX512_F_DQ_BW_VL = 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;
  private static final int SAVED_256 = 0x06;
  private static final int SAVED_512 = 0xE6;

  /**
   * Asks the processor that runs this.
   *
   * @throws MachineCodeException if no machine code runs here, see {@link ExecutableMemory}
   */
  public static Processor current() {
    Assembler code = new Assembler();
    writeCpuid(code);
    code.align(16);
    int xgetbv = code.size();
    code.mov(RCX, 0);
    code.xgetbv();
    code.ret();
    ExecutableMemory memory = ExecutableMemory.of(code.code());
    MethodHandle cpuid =
        memory.function(0, FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG), false);
    MethodHandle savedState = memory.function(xgetbv, FunctionDescriptor.of(JAVA_INT), false);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment registers = arena.allocate(4L * Integer.BYTES, Long.BYTES);
      if (ask(cpuid, 0, registers)[0] < 7) {
        return new Processor(false, false);
      }
      int features = ask(cpuid, 1, registers)[2];
      int extended = ask(cpuid, 7, registers)[1];
      int saved = has(features, XGETBV_USABLE) ? (int) savedState.invokeExact() : 0;
      return of(features, extended, saved);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("CPUID could not be called", e);
    }
  }

  /**
   * What the registers say.
   *
   * @param features ecx of leaf 1
   * @param extended ebx of leaf 7
   * @param saved eax of XGETBV, which counts only if ecx of leaf 1 says that it can be asked
   */
  static Processor of(int features, int extended, int saved) {
    boolean avx2 =
        has(features, FMA | XGETBV_USABLE | AVX | F16C)
            && has(extended, AVX2)
            && has(saved, SAVED_256);
    return new Processor(avx2, avx2 && has(extended, AVX512_F_DQ_BW_VL) && has(saved, SAVED_512));
  }

  private static boolean has(int bits, int wanted) {
    return (bits & wanted) == wanted;
  }

  private static int[] ask(MethodHandle cpuid, int leaf, MemorySegment registers) throws Throwable {
    cpuid.invokeExact((long) leaf, 0L, registers.address());
    return registers.toArray(JAVA_INT);
  }

  /** A function of leaf, subleaf and the address of four integers. */
  private static void writeCpuid(Assembler code) {
    code.push(RBX);
    code.mov(R8, RDX);
    code.mov(RAX, RDI);
    code.mov(RCX, RSI);
    code.cpuid();
    code.mov32(Address.at(R8), RAX);
    code.mov32(Address.at(R8, 4), RBX);
    code.mov32(Address.at(R8, 8), RCX);
    code.mov32(Address.at(R8, 12), RDX);
    code.pop(RBX);
    code.ret();
  }
}
