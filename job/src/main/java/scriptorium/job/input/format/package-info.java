/**
 * The table of input formats and codecs: their words, endings and first bytes, and how compressed
 * content is unpacked. Enums and stateless classes, thread-safe; streams are used by one thread.
 */
package scriptorium.job.input.format;
