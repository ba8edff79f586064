package scriptorium.job.report.read;

/**
 * What makes rows one series of the plots.
 *
 * @param family of sampling settings such as t1, k40, nucleus; the data set's name where it has
 *     none
 * @param model that wrote the rows; empty where unknown
 * @param source the data set, where its rows are kept from those of others; empty where not
 */
public record SeriesKey(Origin origin, String family, String model, String source) {
  /** All human texts. */
  public static final SeriesKey HUMAN = new SeriesKey(Origin.HUMAN, "human", "", "");
}
