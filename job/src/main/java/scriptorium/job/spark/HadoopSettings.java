package scriptorium.job.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;

/**
 * Hadoop's settings with the {@code spark.hadoop.*} of the user, on the driver and on executors.
 */
public final class HadoopSettings {
  private HadoopSettings() {}

  /** A fresh configuration; before a session is started, from what spark-submit was given. */
  public static Configuration current() {
    SparkEnv running = SparkEnv.get();
    SparkHadoopUtil hadoop = SparkHadoopUtil.get();
    LoginUser.ensure();
    return hadoop.newConfiguration(running == null ? new SparkConf() : running.conf());
  }
}
