/**
 * Types and values of Parquet files that are read: what cannot be kept is refused, what can is told
 * in JSON and copied into other Parquet files. Called by row and input; no class holds a file.
 */
package scriptorium.job.parquet;
