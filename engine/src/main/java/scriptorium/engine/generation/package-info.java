/**
 * Sequences in flight: {@code BatchGenerator} keeps the running batch filled from prompts and texts
 * to be scored and hands finished rows back. Rows in and out are records ({@code Prompt}, {@code
 * Sample}, {@code TokenWindow}, {@code Score}). Called by the facade {@code
 * scriptorium.engine.Engine}; its records by anybody.
 */
package scriptorium.engine.generation;
