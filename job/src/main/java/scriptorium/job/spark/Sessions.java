package scriptorium.job.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import scriptorium.job.base.UserException;
import scriptorium.job.metrics.ScriptoriumPlugin;

/** Starts the Spark session of a command; settings that spark-submit or its files gave are kept. */
public final class Sessions {
  private Sessions() {}

  /**
   * A session.
   *
   * @param master what {@code --master} says behind the jar; null for spark-submit's, else local[*]
   * @throws UserException where spark-submit has taken another one
   */
  public static SparkSession start(String name, String master) {
    return SparkSession.builder().config(conf(name, master)).getOrCreate();
  }

  /** The settings of such a session. */
  public static SparkConf conf(String name, String master) {
    SparkConf conf = new SparkConf().setAppName(name);
    conf.setIfMissing("spark.master", master == null ? "local[*]" : master);
    if (master != null && !master.equals(conf.get("spark.master"))) {
      throw new UserException(
          "Master "
              + master
              + " stands behind the jar, where spark-submit has taken "
              + conf.get("spark.master")
              + " already: give --master before the jar");
    }
    boolean local = conf.get("spark.master").startsWith("local");
    conf.setIfMissing("spark.ui.enabled", String.valueOf(!local));
    if (local) { // the plugin is there before the application has an id to name its metrics by
      conf.setIfMissing("spark.metrics.namespace", "scriptorium");
    }
    conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
    conf.setIfMissing("spark.broadcast.blockSize", "32m");
    conf.setIfMissing("spark.broadcast.compress", "false");
    if (conf.contains(LogLevel.SPARK_KEY)) {
      conf.setIfMissing("spark.executor.syncLogLevel.enabled", "true");
    }
    registerTypes(conf);
    ScriptoriumPlugin.addTo(conf);
    conf.setIfMissing(
        "spark.metrics.conf.*.sink.prometheusServlet.class",
        "org.apache.spark.metrics.sink.PrometheusServlet");
    conf.setIfMissing("spark.metrics.conf.*.sink.prometheusServlet.path", "/metrics/prometheus");
    conf.setIfMissing("spark.sql.debug.maxToStringFields", "1000"); // no warning at wide plans
    return conf;
  }

  /**
   * Types of columns that Spark reads from files on executors, as for a detector's vocabulary, and
   * does not register with Kryo itself.
   */
  private static void registerTypes(SparkConf conf) {
    if (conf.getBoolean("spark.kryo.registrationRequired", false)) {
      String given = conf.get("spark.kryo.classesToRegister", "");
      String types =
          String.join(
              ",",
              "org.apache.spark.sql.types.ArrayType",
              "org.apache.spark.sql.types.BooleanType$",
              "org.apache.spark.ml.linalg.VectorUDT",
              "org.apache.spark.ml.linalg.MatrixUDT");
      conf.set("spark.kryo.classesToRegister", given.isEmpty() ? types : given + "," + types);
    }
  }
}
