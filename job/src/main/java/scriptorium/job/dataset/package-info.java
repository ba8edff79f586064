/**
 * Sampling and scoring as functions from one Dataset to another, and the rows that they make: the
 * same where a data set is written and where it is verified. The facade is DatasetGenerator and
 * DatasetScorer; what runs in a partition is used by its task's thread.
 */
package scriptorium.job.dataset;
