package scriptorium.job.report.read;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as the page shows them. Stateless. */
public final class Figures {
  /** What stands where there is no number. */
  public static final String NONE = "–";

  private Figures() {}

  /** 12,345. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A number with so many decimals; a dash for none. */
  public static String decimal(double value, int decimals) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%,." + decimals + "f", value).replace("-", "\u2212")
        : NONE;
  }

  /** A share of one as percent. */
  public static String percent(double share) {
    return Double.isFinite(share) ? String.format(Locale.ROOT, "%.1f %%", 100 * share) : NONE;
  }

  /** Bytes, in the unit that fits. */
  public static String bytes(long value) {
    if (value < 1024) {
      return count(value) + " B";
    }
    String[] units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double scaled = value / 1024.0;
    int unit = 0;
    while (scaled >= 1024 && unit < units.length - 1) {
      scaled /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", scaled, units[unit]);
  }

  /** Three digits that count, such as 0.0123 or 1.23e-7: for probabilities. */
  public static String probability(double value) {
    if (!Double.isFinite(value)) {
      return NONE;
    }
    if (value != 0 && value < 1e-4) {
      return String.format(Locale.ROOT, "%.1e", value);
    }
    return plain(new BigDecimal(value).round(new MathContext(3)));
  }

  /** A mark of an axis: as short as it can be. */
  public static String tick(double value) {
    if (value != 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) {
      return power(value);
    }
    String text = plain(new BigDecimal(value).round(new MathContext(6)));
    return value >= 1000 ? count(Math.round(value)) : text.replace("-", "\u2212");
  }

  private static String power(double value) {
    int exponent = (int) Math.floor(StrictMath.log10(Math.abs(value)) + 1e-9);
    double digits = value / StrictMath.pow(10, exponent);
    String base = plain(new BigDecimal(digits).round(new MathContext(2)));
    return (base.equals("1") ? "" : base + "·") + "10" + superscript(exponent);
  }

  private static String superscript(int exponent) {
    StringBuilder text = new StringBuilder();
    for (char c : String.valueOf(exponent).toCharArray()) {
      text.append(c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c - '0'));
    }
    return text.toString();
  }

  private static String plain(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }
}
