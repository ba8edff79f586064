/**
 * GPT-2's byte-level byte-pair encoding: {@code BytePairTokenizer} over a {@code Vocabulary}.
 * Called by the facade, by generation and by the job. Immutable, thread-safe.
 */
package scriptorium.engine.tokenizer;
