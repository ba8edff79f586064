package scriptorium.job.metrics;

import org.apache.spark.SparkConf;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.SparkPlugin;

/** Puts what the engines do into Spark's metrics system; see {@code spark.plugins}. */
public final class ScriptoriumPlugin implements SparkPlugin {
  private static final String KEY = "spark.plugins";

  /** Adds the plugin to those that a user has. */
  public static void addTo(SparkConf conf) {
    String name = ScriptoriumPlugin.class.getName();
    String others = conf.get(KEY, "").strip();
    if (others.isEmpty()) {
      conf.set(KEY, name);
    } else if (!others.contains(name)) {
      conf.set(KEY, others + "," + name);
    }
  }

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverGauges();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorGauges();
  }
}
