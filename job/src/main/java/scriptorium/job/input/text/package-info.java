/**
 * Splits the bytes of a content into lines, records or JSON values, and makes objects of JSON. What
 * cannot be read is told row by row. Used by one thread.
 */
package scriptorium.job.input.text;
