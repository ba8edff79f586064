/**
 * Proofs that a data set is what its manifest says: files and shards, rows drawn again, rows scored
 * again. Reads and changes nothing. Called by the command verify; each proof is used by one thread
 * of the driver.
 */
package scriptorium.job.verify;
