package scriptorium.job.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final String OURS = ScriptoriumPlugin.class.getName();

  private static String added(String plugins) {
    SparkConf conf = new SparkConf(false);
    if (plugins != null) {
      conf.set("spark.plugins", plugins);
    }
    ScriptoriumPlugin.addTo(conf);
    return conf.get("spark.plugins");
  }

  @Test
  void thePluginsOfAUserStay() {
    assertEquals(OURS, added(null));
    assertEquals(OURS, added(" "));
    assertEquals("a.B,c.D," + OURS, added("a.B,c.D"));
    assertEquals(OURS + ",a.B", added(OURS + ",a.B"));
  }

  @Test
  void aRateIsThatOfTheLastSecondsAlone() {
    long[] at = new long[2]; // seconds, tokens
    TokenRate rate = new TokenRate(() -> at[1], () -> TimeUnit.SECONDS.toNanos(at[0]));
    assertEquals(0, rate.read());
    at[0] = 4;
    at[1] = 400;
    assertEquals(100, rate.read());
    at[0] = 10;
    at[1] = 1000;
    assertEquals(100, rate.read());
    at[0] = 20;
    assertEquals(0, rate.read());
    at[0] = 30;
    assertEquals(0, rate.read());
    at[0] = 31;
    at[1] = 1220;
    assertEquals(20, rate.read());
  }
}
