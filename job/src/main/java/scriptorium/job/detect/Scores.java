package scriptorium.job.detect;

import java.util.List;
import java.util.function.Function;
import scriptorium.job.row.ScoreColumn;

/** What zero-shot detectors look at: numbers of a text's score columns, null where it has none. */
enum Scores {
  LOG_LIKELIHOOD(get -> get.apply(ScoreColumn.LOG_LIKELIHOOD)),
  MEAN_LOG_LIKELIHOOD(Scores::mean),
  MEAN_LOG_RANK(get -> get.apply(ScoreColumn.MEAN_LOG_RANK)),
  MEAN_ENTROPY(get -> get.apply(ScoreColumn.MEAN_ENTROPY)),
  FAST_DETECT_GPT(get -> get.apply(ScoreColumn.FAST_DETECT_GPT)),
  TOP_10_SHARE(get -> get.apply(ScoreColumn.TOP_10_SHARE)),
  TOP_100_SHARE(get -> get.apply(ScoreColumn.TOP_100_SHARE)),
  TOP_1000_SHARE(get -> get.apply(ScoreColumn.TOP_1000_SHARE)),
  BINOCULARS(get -> get.apply(ScoreColumn.BINOCULARS));

  /** The columns that are read for them, all as doubles. */
  static final List<ScoreColumn> READ =
      List.of(
          ScoreColumn.LOG_LIKELIHOOD,
          ScoreColumn.LENGTH,
          ScoreColumn.MEAN_LOG_RANK,
          ScoreColumn.MEAN_ENTROPY,
          ScoreColumn.FAST_DETECT_GPT,
          ScoreColumn.TOP_10_SHARE,
          ScoreColumn.TOP_100_SHARE,
          ScoreColumn.TOP_1000_SHARE,
          ScoreColumn.BINOCULARS);

  private final Function<Function<ScoreColumn, Double>, Double> value;

  Scores(Function<Function<ScoreColumn, Double>, Double> value) {
    this.value = value;
  }

  private static Double mean(Function<ScoreColumn, Double> get) {
    Double sum = get.apply(ScoreColumn.LOG_LIKELIHOOD);
    Double length = get.apply(ScoreColumn.LENGTH);
    return sum == null || length == null || length == 0 ? null : (Double) (sum / length);
  }

  /** Name of the detector. */
  String detector() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** The number of a row whose columns are given; NaN for none, or for one that is not finite. */
  double of(Function<ScoreColumn, Double> columns) {
    Double number = value.apply(columns);
    return number == null || !Double.isFinite(number) ? Double.NaN : number;
  }
}
