/**
 * The arithmetic: {@code Kernels} states every op and its order, {@code ScalarKernels} is the
 * reference twin, {@code Machine*} writes and calls machine code, {@code Panama*} is the Vector
 * API, one op a file; {@code KernelProvider} picks. Called by {@code engine.model} and {@code
 * engine.sampling}; stateless, any thread.
 *
 * <p>Indices: i row, j column, k depth of a product; r row, h head, t position, d element of a head
 * in attention. Sizes: C embedding, NH heads, V vocabulary.
 */
package scriptorium.engine.kernel;
