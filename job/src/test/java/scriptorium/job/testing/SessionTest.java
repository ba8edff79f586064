package scriptorium.job.testing;

import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.ModelFolder;
import scriptorium.job.spark.Sessions;

/** What tests of whole jobs begin with: a session of two cores, the embedded model, a folder. */
public abstract class SessionTest {
  public static final Configuration HADOOP = DataSets.HADOOP;
  public static SparkSession session;
  public static ModelFolder model;
  @TempDir public Path folder;

  @BeforeAll
  static void start() {
    session = Sessions.start("test", "local[2]");
    model = DataSets.model();
  }

  @AfterAll
  static void stop() {
    session.stop();
    model.close();
  }
}
