package scriptorium.job.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.UserException;
import scriptorium.job.output.ShardChecker.Defect;
import scriptorium.job.spark.HadoopSettings;
import scriptorium.job.spark.Sessions;
import scriptorium.job.store.Manifest;
import scriptorium.job.verify.RowChoice;
import scriptorium.job.verify.RowProof;
import scriptorium.job.verify.VerifyDatasetJob;

/** {@code scriptorium verify}. */
@Command(
    name = "verify",
    description =
        "Checks a data set against its manifest and names every defect; exit status 1 if there are any.")
final class VerifyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "folder of a data set, with its manifest.json")
  private String folder;

  @Option(
      names = "--regenerate",
      arity = "0..1",
      fallbackValue = "-1",
      paramLabel = "N",
      description =
          "also draw N random rows, or those of --ids, again from the model and compare their bytes")
  private Long regenerate;

  @Option(
      names = "--rescore",
      arity = "0..1",
      fallbackValue = "-1",
      paramLabel = "N",
      description =
          "also score N random rows, or those of --ids, again from the texts or token ids that they hold, and compare"
              + " the bits; rows of generate need their --token-columns")
  private Long rescore;

  @Option(
      names = "--ids",
      split = ",",
      paramLabel = "ID",
      description =
          "the rows of --regenerate or --rescore: ID or LO..HI (both ends included), or either as SPLIT:ID (default:"
              + " the first split); a scored row's id is its place in the data set, from 0; alone, generated rows are"
              + " drawn again and scored ones scored again")
  private List<String> ids;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "chooses the random rows (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      description =
          "the model for --regenerate and --rescore (default: by the name that the manifest has)")
  private String model;

  @Option(
      names = "--observer",
      paramLabel = "DIR|NAME",
      description =
          "the observer of a data set that was scored with one (default: by the name that the manifest has)")
  private String observer;

  @Mixin private ModelsDirOption models;

  @Option(names = "--master", paramLabel = "URL", description = "Spark master (default: local[*])")
  private String master;

  @Override
  public Integer call() throws InterruptedException {
    VerifyDatasetJob job = new VerifyDatasetJob(folder, HadoopSettings.current());
    boolean named = ids != null && regenerate == null && rescore == null;
    RowChoice drawn =
        choice(job, "regenerate", named && job.generated() ? (Long) (-1L) : regenerate);
    RowChoice scored = choice(job, "rescore", named && !job.generated() ? (Long) (-1L) : rescore);
    List<Defect> defects = new ArrayList<>();
    StringBuilder done = new StringBuilder();
    if (drawn != null || scored != null) {
      job.requireModel();
      String name = model == null ? job.manifest().model().name() : model;
      try (ModelFolder opened = models.open(name);
          ModelFolder second = scored == null ? null : observer(job.manifest())) {
        if (drawn != null) {
          add(defects, done, job.regenerate(opened, drawn), "drawn again");
        }
        if (scored != null) {
          add(defects, done, job.rescore(opened, second, scored), "scored again");
        }
      }
    }
    return report(job, defects, done.toString());
  }

  /** The rows of an option; null if it is not given. */
  private RowChoice choice(VerifyDatasetJob job, String option, Long rows) {
    if (rows == null) {
      return null;
    }
    if (rows < 0 && ids == null) {
      throw new UserException(
          "Option --" + option + " has no number of rows: give one, or name rows by --ids");
    }
    if (rows >= 0 && ids != null) {
      throw new UserException(
          "Option --" + option + " " + rows + ": --ids names the rows, leave out the number");
    }
    if (rows == 0) {
      return null;
    }
    return ids == null ? job.random(rows, seed) : job.named(ids);
  }

  private ModelFolder observer(Manifest manifest) {
    if (manifest.observer() == null) {
      return null;
    }
    String name = observer == null ? manifest.observer().name() : observer;
    return models.open(name);
  }

  private static void add(List<Defect> defects, StringBuilder done, RowProof proof, String what) {
    defects.addAll(proof.defects());
    done.append(String.format(Locale.ROOT, "%,d %s, ", proof.rows(), what));
    if (proof.errors() > 0) {
      done.append(String.format(Locale.ROOT, "%,d error rows passed over, ", proof.errors()));
    }
  }

  /** Checks the files, prints all defects and what was done, and returns the exit status. */
  private int report(VerifyDatasetJob job, List<Defect> proofs, String done) {
    SparkSession session = Sessions.start("scriptorium verify " + job.manifest().name(), master);
    try {
      List<Defect> files = job.execute(session);
      List<Defect> all = new ArrayList<>(proofs);
      all.addAll(files);
      all.forEach(defect -> System.out.println(folder + "/" + defect));
      System.out.printf(
          Locale.ROOT,
          "%s: %,d shards, %,d rows, %s%s%n",
          folder,
          job.manifest().totals().shards(),
          job.manifest().totals().rows(),
          done,
          all.isEmpty() ? "all as the manifest says" : remedy(all.size(), !files.isEmpty()));
      return all.isEmpty() ? 0 : Scriptorium.FAILED;
    } finally {
      session.stop();
    }
  }

  private static String remedy(int count, boolean files) {
    return count
        + (count == 1 ? " defect" : " defects")
        + (files
            ? ": run the command that wrote it with --repair to mend "
                + (count == 1 ? "it" : "them")
            : " in shards that are as the manifest says: delete these shards, then run the command that"
                + " wrote them with --repair to write them again");
  }
}
