package scriptorium.job.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.PluginContext;

/**
 * The sums over all executors, {@code all.generatedTokens} and so on: the driver has a page for
 * Prometheus and its executors have none. What an executor that sends no more had done still
 * counts, what it held does not.
 */
final class DriverGauges implements DriverPlugin {
  private static final long SILENCE = TimeUnit.SECONDS.toNanos(5L * ExecutorGauges.SENT_SECONDS);

  private final Map<String, Sent> readings = new ConcurrentHashMap<>();

  private record Sent(Reading reading, long nanos) {
    boolean isSilent() {
      return System.nanoTime() - nanos > SILENCE;
    }
  }

  @Override
  public void registerMetrics(String applicationId, PluginContext context) {
    MetricRegistry registry = context.metricRegistry();
    for (Measure measure : Measure.values()) {
      registry.register("all." + measure.label, (Gauge<Long>) () -> sum(measure));
    }
    TokenRate rate =
        new TokenRate(
            () -> sum(Measure.GENERATED_TOKENS) + sum(Measure.SCORED_TOKENS), System::nanoTime);
    registry.register("all.tokensPerSecond", (Gauge<Double>) rate::read);
  }

  @Override
  public Object receive(Object message) {
    if (message instanceof Reading reading) {
      readings.put(reading.executor(), new Sent(reading, System.nanoTime()));
    }
    return null;
  }

  private long sum(Measure measure) {
    return readings.values().stream()
        .filter(sent -> measure.counts || !sent.isSilent())
        .mapToLong(sent -> sent.reading().value(measure))
        .sum();
  }
}
