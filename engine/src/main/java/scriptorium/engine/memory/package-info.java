/**
 * Native memory: {@code OffHeap} owns it, {@code StoredTensor} describes weights as they lie in a
 * checkpoint, {@code NativeFloats} is how kernels reach it. Called by every package of the engine.
 * Thread-safe.
 */
package scriptorium.engine.memory;
