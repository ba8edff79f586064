/**
 * What the engine tells the flight recorder (jdk.jfr): its steps, sequences and models. An event
 * whose type nobody records is never made: {@code started} gives null then, so that callers
 * allocate nothing. Called by {@code model}'s and {@code generation}'s drivers and the facade; each
 * event belongs to one thread.
 */
package scriptorium.engine.events;
