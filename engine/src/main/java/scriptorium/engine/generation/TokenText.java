package scriptorium.engine.generation;

/**
 * One text to be scored.
 *
 * @param id the caller's name for it
 * @param tokens its ids, without the end-of-text token that the first one is conditioned on; not
 *     copied
 */
public record TokenText(long id, int[] tokens) {}
