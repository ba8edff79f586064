/**
 * Drawing tokens: the settings ({@code SamplingConfig}), the counter-based generator ({@code
 * Philox4x32}, {@code SampleRandom}), a view of one row of logits ({@code LogitsRow}), a copy of it
 * with penalties and bans ({@code AdjustedLogits}) and the sampler ({@code Sampler}). Called by
 * {@code engine.generation}. Views and samplers belong to one worker each.
 */
package scriptorium.engine.sampling;
