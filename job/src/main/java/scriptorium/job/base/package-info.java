/**
 * What all packages of job share: the exceptions that users see in one line, text in well-formed
 * Unicode, the version of the program. May be used by every package and uses none of them.
 * Stateless or immutable, thread-safe.
 */
package scriptorium.job.base;
