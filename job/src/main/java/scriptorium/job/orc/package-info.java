/**
 * Types and values of ORC files: what cannot be kept is refused, what can is told in JSON. Called
 * by input; readers are used by one thread.
 */
package scriptorium.job.orc;
