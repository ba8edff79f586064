package scriptorium.job.report;

/**
 * What a folder holds; one of both is null.
 *
 * @param data a data set
 * @param results of {@code detect}
 */
record ReportInput(RecordedDataSet data, DetectResults results) {}
