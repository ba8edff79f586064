package scriptorium.job.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;

/**
 * The gauges of an executor's engine, {@code engine.generatedTokens} and so on. They read what the
 * engine counts anyway; some seconds apart a reading goes to the driver.
 */
final class ExecutorGauges implements ExecutorPlugin {
  static final int SENT_SECONDS = 2;

  private ScheduledExecutorService clock;

  @Override
  public void init(PluginContext context, Map<String, String> settings) {
    MetricRegistry registry = context.metricRegistry();
    for (Measure measure : Measure.values()) {
      registry.register("engine." + measure.label, (Gauge<Long>) measure::read);
    }
    TokenRate rate =
        new TokenRate(
            () -> Measure.GENERATED_TOKENS.read() + Measure.SCORED_TOKENS.read(), System::nanoTime);
    registry.register("engine.tokensPerSecond", (Gauge<Double>) rate::read);
    clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("scriptorium-metrics").unstarted(task));
    clock.scheduleWithFixedDelay(() -> send(context), SENT_SECONDS, SENT_SECONDS, TimeUnit.SECONDS);
  }

  private static void send(PluginContext context) {
    try {
      context.send(Reading.of(context.executorID()));
    } catch (IOException | RuntimeException e) {
      // the driver is busy or gone; the next reading has the same counts and more
    }
  }

  @Override
  public void shutdown() {
    clock.shutdownNow();
  }
}
