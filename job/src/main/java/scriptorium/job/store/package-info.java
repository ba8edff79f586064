/**
 * The folder of an output on any Hadoop file system: files that are there whole or not at all, the
 * lock of the one run that writes, the manifest, the ledger and the journal of shards. Called by
 * whatever reads or writes a data set; thread-safe where the class says so.
 */
package scriptorium.job.store;
