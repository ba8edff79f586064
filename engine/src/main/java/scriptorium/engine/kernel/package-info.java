/**
 * The arithmetic: {@code Kernels} states every op and its order, {@code ScalarKernels} is the
 * reference twin, {@code Machine*} writes and calls machine code, {@code Panama*} is the Vector
 * API, one op a file; {@code KernelProvider} picks. Called by {@code engine.model} and {@code
 * engine.sampling}; stateless, any thread.
 *
 * <p>Letters: B batch, T time, C channels, NH heads, HS head size, V vocabulary; a product is (M,
 * K) by (K, N): M rows, K depth, N columns.
 */
package scriptorium.engine.kernel;
