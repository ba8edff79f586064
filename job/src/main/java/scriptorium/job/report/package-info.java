/**
 * One self-contained HTML page about data sets: statistics gathered in one pass over the rows, with
 * memory that does not follow their number, and plots, tables and samples written from them. Called
 * by {@code ReportCommand} through {@code ReportJob}; all else is its own. Used by one thread.
 */
package scriptorium.job.report;
