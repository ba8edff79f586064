package scriptorium.job;

import java.util.Locale;

/** What commands say at their end. */
final class Reports {
  private Reports() {}

  /** One line about a run that wrote a data set. */
  static void tell(ShardedJob.Result result) {
    if (result.newRows() == 0) {
      System.out.printf(
          Locale.ROOT,
          "%s: all %,d rows are there, nothing to do%n",
          result.out(),
          result.totals().rows());
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %,d rows, %,d tokens in %.1f s (%.0f tokens/s); %,d rows in all, %,d of them errors%n",
        result.out(),
        result.newRows(),
        result.newTokens(),
        result.seconds(),
        result.newTokens() / result.seconds(),
        result.totals().rows(),
        result.totals().errors());
  }
}
