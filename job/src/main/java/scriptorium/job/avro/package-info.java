/**
 * Avro's object container files: their blocks, and values in JSON. Called by input; holds no file,
 * but the stream that it is given. Used by one thread.
 */
package scriptorium.job.avro;
