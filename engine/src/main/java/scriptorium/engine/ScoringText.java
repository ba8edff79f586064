package scriptorium.engine;

/**
 * A text to be scored, of any length.
 *
 * @param id the caller's name for it
 * @param prompt ids that the text is conditioned on and that are not scored; may be empty
 * @param tokens ids of the text; arrays are not copied
 */
public record ScoringText(long id, int[] prompt, int[] tokens) {}
