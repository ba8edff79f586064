/**
 * Characters and texts: what class a code point has, and how what comes out of files is shown to
 * people. Called by the tokenizer, by all that reads files and by the job. Stateless, thread-safe.
 */
package scriptorium.engine.text;
