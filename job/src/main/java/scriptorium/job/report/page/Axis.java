package scriptorium.job.report.page;

import java.util.ArrayList;
import java.util.List;
import scriptorium.job.report.read.Figures;

/**
 * An axis of a plot. Immutable.
 *
 * @param title what it shows, with its unit
 * @param logarithmic whether equal ratios are equally far apart; the ends are above 0 then
 */
public record Axis(String title, double low, double high, boolean logarithmic, List<Tick> ticks) {
  /** A mark of an axis. */
  public record Tick(double value, String label) {}

  /** An axis of numbers, with marks at round ones; it ends where the numbers do. */
  static Axis linear(String title, double low, double high) {
    double end = high > low ? high : low + 1;
    double step = step((end - low) / 5);
    List<Tick> ticks = new ArrayList<>();
    for (double i = Math.ceil(low / step - 1e-9); i * step <= end + 1e-9 * step; i++) {
      ticks.add(new Tick(i * step, Figures.tick(i * step)));
    }
    return new Axis(title, low, end, false, ticks);
  }

  /** An axis from 0 to the next round number. */
  public static Axis upTo(String title, double high) {
    double step = step(high > 0 ? high / 5 : 1);
    return linear(title, 0, step * Math.max(1, Math.ceil(high / step - 1e-9)));
  }

  /** A logarithmic axis, with marks at powers of ten. */
  public static Axis logarithmic(String title, double low, double high) {
    int first = (int) Math.floor(StrictMath.log10(low) + 1e-9);
    int last = Math.max(first + 1, (int) Math.ceil(StrictMath.log10(high) - 1e-9));
    List<Tick> ticks = new ArrayList<>();
    int step = (last - first + 5) / 6;
    for (int i = first; i <= last; i += step) {
      ticks.add(new Tick(power(i), Figures.tick(power(i))));
    }
    return new Axis(title, power(first), power(last), true, ticks);
  }

  /** An axis of names; the n-th lies from n to n + 1. */
  static Axis names(String title, List<String> names) {
    List<Tick> ticks = new ArrayList<>();
    for (String name : names) {
      ticks.add(new Tick(ticks.size() + 0.5, name));
    }
    return new Axis(title, 0, names.size(), false, ticks);
  }

  private static double power(int exponent) {
    return exponent < 0 ? 1 / StrictMath.pow(10, -exponent) : StrictMath.pow(10, exponent);
  }

  /** 1, 2 or 5 times a power of ten, no less than asked for. */
  private static double step(double wanted) {
    double base = power((int) Math.floor(StrictMath.log10(wanted)));
    for (double factor : new double[] {1, 2, 5}) {
      if (factor * base >= wanted * (1 - 1e-9)) {
        return factor * base;
      }
    }
    return 10 * base;
  }

  /** Where a value lies: 0 at the low end, 1 at the high one; values beyond lie at the ends. */
  public double place(double value) {
    double place =
        logarithmic
            ? (StrictMath.log10(value) - StrictMath.log10(low))
                / (StrictMath.log10(high) - StrictMath.log10(low))
            : (value - low) / (high - low);
    return Math.clamp(Double.isNaN(place) ? 0 : place, 0, 1);
  }
}
