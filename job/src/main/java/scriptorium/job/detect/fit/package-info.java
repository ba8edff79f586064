/**
 * Logistic regression over sparse rows: L-BFGS and the batches of rows that it reads. Called by the
 * detectors of job.detect; what is fitted does not depend on the number of partitions.
 */
package scriptorium.job.detect.fit;
