/**
 * Runs that fill an output with shards: plan, lock, tasks, receipts and manifest of generate and of
 * score, and the first reading of inputs. Called by the commands; a run is used once, by one thread
 * of the driver.
 */
package scriptorium.job.run;
