package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.ExecutableMemory;
import scriptorium.engine.machine.GeneralRegister;
import scriptorium.engine.machine.MachineCodeException;
import scriptorium.engine.machine.Processor;

/**
 * The machine code of this JVM, written once for its processor, and the calls into it. The handles
 * are constants, so that the compiler makes each call a few instructions. Arguments are addresses
 * that the callers have checked.
 */
final class MachineCode {
  /** Bits of a vector; 0 where there is no machine code, then {@link #REFUSAL} says why. */
  static final int BITS;

  /** Why machine code does not run; null if it does. */
  static final String REFUSAL;

  static final MachineMatmulCode MATMUL_CODE;

  static final MachineRowCode ROW_CODE;

  private static final ExecutableMemory MEMORY;
  private static final MethodHandle MATMUL;
  private static final MethodHandle ATTENTION;
  private static final MachineAttentionCode ATTENTION_CODE;

  static {
    int bits = 0;
    String refusal = null;
    MachineMatmulCode matmul = null;
    MachineAttentionCode attention = null;
    MachineRowCode rows = null;
    ExecutableMemory memory = null;
    int indirect = 0;
    try {
      bits = choose(Processor.current(), System.getProperty(KernelProvider.PROPERTY));
      Assembler code = new Assembler();
      matmul = new MachineMatmulCode(code, bits);
      attention = new MachineAttentionCode(code, bits);
      code.align(64);
      indirect = code.size();
      writeIndirectCall(code);
      rows = new MachineRowCode(code, bits);
      memory = ExecutableMemory.of(code.code());
    } catch (MachineCodeException e) {
      bits = 0;
      refusal = e.getMessage();
    }
    BITS = bits;
    REFUSAL = refusal;
    MATMUL_CODE = matmul;
    ROW_CODE = rows;
    MEMORY = memory;
    MATMUL =
        memory == null
            ? null
            : memory.function(matmul.entry(), FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG), true);
    ATTENTION_CODE = attention;
    ATTENTION =
        memory == null
            ? null
            : memory.function(indirect, FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG), false);
  }

  private MachineCode() {}

  /** A function of an argument and a place in the code, where it goes on with that argument. */
  private static void writeIndirectCall(Assembler code) {
    code.jump(GeneralRegister.RSI);
  }

  private static int choose(Processor processor, String property) {
    if (!processor.avx2()) {
      throw new MachineCodeException("the processor lacks AVX2, FMA or F16C");
    }
    if ("machine-512".equals(property) && !processor.avx512()) {
      throw new MachineCodeException("the processor lacks AVX-512");
    }
    return processor.avx512() && !"machine-256".equals(property) ? 512 : 256;
  }

  /** Address of a micro-kernel. */
  static long tile(int rows, int panels, int linesAhead) {
    return MEMORY.address(MATMUL_CODE.tile(rows, panels, linesAhead));
  }

  /** A handle on a function of the code; a constant of its class, so that calls are short. */
  static MethodHandle function(int entry, FunctionDescriptor descriptor, boolean heapAccess) {
    return MEMORY.function(entry, descriptor, heapAccess);
  }

  static void matmul(MemorySegment packedRows, long arguments) {
    try {
      MATMUL.invokeExact(packedRows, arguments);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static void attention(boolean half, boolean scores, int rows, long arguments) {
    try {
      ATTENTION.invokeExact(arguments, MEMORY.address(ATTENTION_CODE.entry(half, scores, rows)));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static IllegalStateException failed(Throwable e) {
    return new IllegalStateException("Machine code could not be called", e);
  }
}
