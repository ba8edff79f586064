package scriptorium.job.report.read;

/**
 * What a folder holds; one of both is null.
 *
 * @param data a data set
 * @param results of {@code detect}
 */
public record ReportInput(RecordedDataSet data, DetectResults results) {}
