/**
 * Baseline detectors of synthetic text: trained on a corpus, held against its test split, saved,
 * and applied to other texts. Called by {@code scriptorium.job.command.DetectCommand}. What is
 * fitted does not depend on the cluster: rows have fixed batches, and their sums are taken in a
 * fixed order.
 */
package scriptorium.job.detect;
