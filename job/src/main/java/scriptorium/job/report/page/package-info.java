/**
 * The page of a report: sections, tables, plots and samples as one file of HTML that needs no
 * network. Others' text never becomes markup. Used by one thread.
 */
package scriptorium.job.report.page;
