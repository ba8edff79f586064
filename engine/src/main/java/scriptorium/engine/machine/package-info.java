/**
 * Machine code for x86-64, written and called from Java: {@code Assembler} encodes the instructions
 * that the kernels use, {@code ExecutableMemory} holds code that may run but not be written, {@code
 * Processor} asks for features by CPUID. Knows nothing of kernels or models. Called by {@code
 * engine.kernel} alone. An assembler belongs to one thread; the rest is immutable.
 */
package scriptorium.engine.machine;
