/**
 * Readers of prompts and of texts, of all formats, on any Hadoop file system. What a file holds and
 * cannot be used becomes an error row; what the file system fails at stops the task. Tables are
 * immutable; readers are used by one thread.
 */
package scriptorium.job.input;
