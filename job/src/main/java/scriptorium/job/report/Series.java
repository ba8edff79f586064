package scriptorium.job.report;

/**
 * A series of the plots.
 *
 * @param letter how bars and legends call it
 * @param index its colour and dashes, from 0
 */
record Series(String letter, int index, String name, Origin origin, SeriesStatistics statistics) {}
