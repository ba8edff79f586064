/**
 * GPT-2's shape ({@code Gpt2Config}), its packed weights ({@code Gpt2Weights}, immutable and
 * shared), the paged cache ({@code KvCache}) and the forward step ({@code Gpt2Model}). Called by
 * {@code engine.generation} and the facade. A model may be shared by threads; a cache and a step
 * belong to the one thread that drives an engine, which shares the work out to a {@code
 * WorkerGroup}.
 */
package scriptorium.engine.model;
