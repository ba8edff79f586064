package scriptorium.job.metrics;

import java.io.Serializable;

/**
 * What an executor sends to the driver.
 *
 * @param values of all measures, in their order
 */
record Reading(String executor, long[] values) implements Serializable {
  static Reading of(String executor) {
    long[] values = new long[Measure.values().length];
    for (Measure measure : Measure.values()) {
      values[measure.ordinal()] = measure.read();
    }
    return new Reading(executor, values);
  }

  long value(Measure measure) {
    return values[measure.ordinal()];
  }
}
