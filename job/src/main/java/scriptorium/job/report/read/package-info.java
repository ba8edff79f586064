/**
 * What folders say of themselves: manifests of data sets, results of detect, and the rows as a
 * report reads them. Nothing in them is trusted: what is wrong ends the command in one line. Used
 * by one thread.
 */
package scriptorium.job.report.read;
