package scriptorium.job.metrics;

import java.util.function.LongSupplier;

/**
 * Tokens a second since a reading that is at least {@value #SPAN_SECONDS} s old, or since the first
 * one. Thread-safe.
 */
final class TokenRate {
  static final int SPAN_SECONDS = 10;

  private static final double NANOS = 1e9;

  private final LongSupplier tokens;
  private final LongSupplier nanos;
  private Point from;
  private Point latest;

  private record Point(long nanos, long tokens) {}

  /**
   * A rate that begins now.
   *
   * @param tokens all so far
   * @param nanos a clock
   */
  TokenRate(LongSupplier tokens, LongSupplier nanos) {
    this.tokens = tokens;
    this.nanos = nanos;
    from = now();
    latest = from;
  }

  private Point now() {
    return new Point(nanos.getAsLong(), tokens.getAsLong());
  }

  synchronized double read() {
    Point now = now();
    if ((now.nanos - latest.nanos) / NANOS >= SPAN_SECONDS) {
      from = latest;
      latest = now;
    }
    double seconds = (now.nanos - from.nanos) / NANOS;
    return seconds > 0 ? (now.tokens - from.tokens) / seconds : 0;
  }
}
