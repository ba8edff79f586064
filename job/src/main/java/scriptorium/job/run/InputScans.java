package scriptorium.job.run;

import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import scriptorium.job.broadcast.Parcels;
import scriptorium.job.input.InputFile;
import scriptorium.job.input.InputScan;
import scriptorium.job.row.InputColumns;
import scriptorium.job.spark.HadoopSettings;

/** The first reading of input files, which counts and hashes them, on the executors. */
public final class InputScans {
  private static final int READERS_A_CORE = 64;

  private InputScans() {}

  /**
   * What is found, in the files' order.
   *
   * @param withKinds whether the kinds of all columns are found out, which reads every value
   */
  public static List<InputScan> of(
      JavaSparkContext spark, List<InputFile> files, InputColumns columns, boolean withKinds) {
    int tasks = Math.min(files.size(), READERS_A_CORE * spark.defaultParallelism());
    return Parcels.collect(
        Parcels.distribute(spark, files, tasks)
            .map(file -> InputScan.of(file, columns, withKinds, HadoopSettings.current())));
  }
}
