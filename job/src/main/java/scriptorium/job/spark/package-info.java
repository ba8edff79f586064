/**
 * How job uses Spark: the session of a command, its clean stop, the names of its jobs, Hadoop's
 * settings, the memory that an executor needs, progress. Called by drivers and, for settings and
 * memory, by executors; each class says how far it is thread-safe.
 */
package scriptorium.job.spark;
