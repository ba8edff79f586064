package scriptorium.job.report.statistics;

import java.util.List;
import scriptorium.job.report.read.RecordedDataSet;

/**
 * A data set whose rows have been read.
 *
 * @param rows rows that were read, error rows among them
 * @param shards shards that were read
 * @param course when its shards were written
 * @param warnings what a reader must know of it, each in one line
 */
public record ReadDataSet(
    RecordedDataSet data, long rows, long shards, RunCourse course, List<String> warnings) {}
