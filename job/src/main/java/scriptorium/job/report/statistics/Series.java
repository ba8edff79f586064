package scriptorium.job.report.statistics;

import scriptorium.job.report.read.Origin;

/**
 * A series of the plots.
 *
 * @param letter how bars and legends call it
 * @param index its colour and dashes, from 0
 */
public record Series(
    String letter, int index, String name, Origin origin, SeriesStatistics statistics) {}
