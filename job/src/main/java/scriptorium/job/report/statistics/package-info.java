/**
 * Statistics of rows, series by series: histograms, means, words, chosen samples, the course of a
 * run. Read row by row, in memory that does not grow with the rows. Used by one thread.
 */
package scriptorium.job.report.statistics;
