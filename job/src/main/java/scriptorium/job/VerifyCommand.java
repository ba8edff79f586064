package scriptorium.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scriptorium.engine.ModelFolder;
import scriptorium.job.config.ModelLocator;
import scriptorium.job.io.ShardChecker.Defect;

/** {@code scriptorium verify}. */
@Command(
    name = "verify",
    description =
        "Holds a data set against its manifest and names every defect; exit status 1 where there are any.")
final class VerifyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "folder of a data set, with its manifest.json")
  private String folder;

  @Option(
      names = "--regenerate",
      paramLabel = "N",
      defaultValue = "0",
      description = "also draw N random rows again from the model and compare their bytes")
  private long regenerate;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "chooses the rows of --regenerate (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      description = "the model for --regenerate (default: by the name that the manifest has)")
  private String model;

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      defaultValue = "models",
      description = "where named models lie (default: ${DEFAULT-VALUE})")
  private String modelsDir;

  @Option(names = "--master", paramLabel = "URL", description = "Spark master (default: local[*])")
  private String master;

  @Override
  public Integer call() throws InterruptedException {
    VerifyDatasetJob job = new VerifyDatasetJob(folder, HadoopSettings.current());
    List<Defect> defects = new ArrayList<>();
    if (regenerate > 0) {
      String name = model == null ? job.manifest().model().name() : model;
      try (ModelFolder opened = ModelFolder.open(ModelLocator.find(name, modelsDir))) {
        defects.addAll(job.regenerate(opened, regenerate, seed));
      }
    }
    SparkSession session = Sessions.start("scriptorium verify " + job.manifest().name(), master);
    try {
      defects.addAll(job.execute(session));
      defects.forEach(defect -> System.out.println(folder + "/" + defect));
      System.out.printf(
          Locale.ROOT,
          "%s: %,d shards, %,d rows, %,d drawn again, %s%n",
          folder,
          job.manifest().totals().shards(),
          job.manifest().totals().rows(),
          Math.min(regenerate, job.manifest().totals().rows()),
          defects.isEmpty()
              ? "all as the manifest says"
              : defects.size() + " defects: the command that wrote it mends them with --repair");
      return defects.isEmpty() ? 0 : Main.FAILED;
    } finally {
      session.stop();
    }
  }
}
