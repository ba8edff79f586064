package scriptorium.job.spark;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;

/** What is logged at least, of this JVM and of Spark's executors. */
public enum LogLevel {
  /** Everything. */
  TRACE,
  /** What helps to find faults. */
  DEBUG,
  /** What goes on. */
  INFO,
  /** What may be wrong. */
  WARN,
  /** What is wrong. */
  ERROR,
  /** Nothing. */
  OFF;

  /** Spark takes the level of a session from it. */
  public static final String SPARK_KEY = "spark.log.level";

  /** Holds for this JVM from here on, and for the Spark sessions that it starts. */
  public void set() {
    Level level = Level.valueOf(name());
    Configurator.setRootLevel(level);
    Configurator.setLevel("scriptorium", level);
    System.setProperty(SPARK_KEY, name());
  }
}
