package scriptorium.job.value;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Dates, times and durations in ISO 8601, with a "Z" where they are instants. Stateless. */
public final class IsoText {
  private static final long NANOS_A_DAY = 86_400_000_000_000L;
  private static final int BEFORE_TIME = 11;

  private IsoText() {}

  /** A day, counted from 1970 on. */
  public static String date(long day) {
    return LocalDate.ofEpochDay(day).toString();
  }

  /**
   * A time of day, counted from midnight on.
   *
   * @throws InvalidValueException if no day has it
   */
  public static String timeOfDay(long value, ChronoUnit unit, String column)
      throws InvalidValueException {
    long nanos = unit.getDuration().toNanos();
    if (value < 0 || value >= NANOS_A_DAY / nanos) {
      throw new InvalidValueException(column, "has a time of day that is not within a day");
    }
    return local(Instant.ofEpochSecond(0, value * nanos)).substring(BEFORE_TIME);
  }

  /** What is counted from 1970 on, as an instant or as the time of a clock without a zone. */
  public static String timestamp(long value, ChronoUnit unit, boolean instant) {
    Instant found = Instant.EPOCH.plus(value, unit);
    return instant ? found.toString() : local(found);
  }

  /** The time of a clock without a zone, given as if the zone were UTC; always with seconds. */
  public static String local(Instant asUtc) {
    String instant = asUtc.toString();
    return instant.substring(0, instant.length() - 1);
  }

  /** Months, days and milliseconds of 32 bits each, which do not convert into each other. */
  public static String interval(byte[] littleEndian) {
    ByteBuffer parts = ByteBuffer.wrap(littleEndian).order(ByteOrder.LITTLE_ENDIAN);
    long months = Integer.toUnsignedLong(parts.getInt());
    long days = Integer.toUnsignedLong(parts.getInt());
    long millis = Integer.toUnsignedLong(parts.getInt());
    return String.format(
        Locale.ROOT, "P%dM%dDT%d.%03dS", months, days, millis / 1000, millis % 1000);
  }

  /** A duration that is a count of a unit. */
  public static String duration(long value, ChronoUnit unit) {
    return Duration.of(value, unit).toString();
  }

  /** A number of months. */
  public static String months(long value) {
    return Period.ofMonths((int) value).normalized().toString();
  }
}
