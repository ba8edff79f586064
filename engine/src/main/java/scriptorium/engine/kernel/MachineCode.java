package scriptorium.engine.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.Map;
import scriptorium.engine.machine.Assembler;
import scriptorium.engine.machine.ExecutableMemory;
import scriptorium.engine.machine.GeneralRegister;
import scriptorium.engine.machine.MachineCodeException;
import scriptorium.engine.machine.Processor;
import scriptorium.engine.memory.DataType;

/**
 * The machine code of this JVM, written once for its processor, and the calls into it. The handles
 * are constants, so that the compiler makes each call a few instructions; a handle goes to one of
 * several functions by a place in the code as its last argument, to which it jumps. Arguments are
 * addresses that the callers have checked.
 */
final class MachineCode {
  /** Bits of a vector; 0 where there is no machine code, then {@link #REFUSAL} says why. */
  static final int BITS;

  /** Why machine code does not run; null if it does. */
  static final String REFUSAL;

  private static final Map<DataType, MachineMatmulCode> MATMUL_CODE = new EnumMap<>(DataType.class);

  static final MachineRowCode ROW_CODE;

  private static final ExecutableMemory MEMORY;
  private static final MethodHandle MATMUL;
  private static final MethodHandle ATTENTION;
  private static final MachineAttentionCode ATTENTION_CODE;

  static {
    int bits = 0;
    String refusal = null;
    MachineAttentionCode attention = null;
    MachineRowCode rows = null;
    ExecutableMemory memory = null;
    int matmul = 0;
    int indirect = 0;
    try {
      bits = choose(Processor.current(), System.getProperty(KernelProvider.PROPERTY));
      Assembler code = new Assembler();
      for (DataType type : DataType.values()) {
        MATMUL_CODE.put(type, new MachineMatmulCode(code, bits, type));
      }
      attention = new MachineAttentionCode(code, bits);
      code.align(64);
      indirect = code.size();
      code.jump(GeneralRegister.RSI);
      code.align(64);
      matmul = code.size();
      code.jump(GeneralRegister.RDX);
      rows = new MachineRowCode(code, bits);
      memory = ExecutableMemory.of(code.code());
    } catch (MachineCodeException e) {
      bits = 0;
      refusal = e.getMessage();
    }
    BITS = bits;
    REFUSAL = refusal;
    ROW_CODE = rows;
    MEMORY = memory;
    MATMUL =
        memory == null
            ? null
            : memory.function(
                matmul, FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG), true);
    ATTENTION_CODE = attention;
    ATTENTION =
        memory == null
            ? null
            : memory.function(indirect, FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG), false);
  }

  private MachineCode() {}

  private static int choose(Processor processor, String property) {
    if (!processor.avx2()) {
      throw new MachineCodeException("the processor lacks AVX2, FMA or F16C");
    }
    if ("machine-512".equals(property) && !processor.avx512()) {
      throw new MachineCodeException("the processor lacks AVX-512");
    }
    return processor.avx512() && !"machine-256".equals(property) ? 512 : 256;
  }

  /** The matrix product with weights of a type. */
  static MachineMatmulCode matmulCode(DataType type) {
    return MATMUL_CODE.get(type);
  }

  /** Address of a micro-kernel, by its offset. */
  static long address(int offset) {
    return MEMORY.address(offset);
  }

  /** A handle on a function of the code; a constant of its class, so that calls are short. */
  static MethodHandle function(int entry, FunctionDescriptor descriptor, boolean heapAccess) {
    return MEMORY.function(entry, descriptor, heapAccess);
  }

  static void matmul(MachineMatmulCode code, MemorySegment packedRows, long arguments) {
    try {
      MATMUL.invokeExact(packedRows, arguments, MEMORY.address(code.entry()));
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
