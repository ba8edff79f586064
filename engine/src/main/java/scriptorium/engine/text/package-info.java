/**
 * How what comes out of files is shown to people. Called by all that reads files. Stateless,
 * thread-safe.
 */
package scriptorium.engine.text;
