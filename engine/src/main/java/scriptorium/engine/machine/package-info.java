/**
 * Machine code for x86-64, written and called from Java: {@code Assembler} encodes the instructions
 * that the kernels use, {@code ExecutableMemory} holds code that can be called, {@code Processor}
 * asks for features by CPUID. The package knows nothing of kernels or models; only {@code
 * engine.kernel} calls it. An assembler and its labels belong to one thread; the rest is immutable.
 * Errors: {@link MachineCodeException} if the system runs no machine code, {@link
 * IllegalArgumentException} if an instruction has no encoding.
 */
package scriptorium.engine.machine;
