package scriptorium.job.verify;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.output.ShardChecker.Defect;
import scriptorium.job.output.ShardPlan;
import scriptorium.job.run.FileCheck;
import scriptorium.job.run.RecordedRun;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/**
 * Holds a data set against its manifest: every shard's size, hash, rows, columns and ids, that no
 * shard is missing or too many, the merged files and the totals. Changes nothing.
 */
public final class VerifyDatasetJob {
  /** Missing shards that are named; a manifest may claim any number of them. */
  private static final int MISSING_TOLD = 1000;

  private final OutputStore store;
  private final Manifest manifest;
  private final RecordedRun run;

  /**
   * A job on the data set of a folder.
   *
   * @throws UserException in one line, if the folder has no data set
   */
  public VerifyDatasetJob(String out, Configuration hadoop) {
    try {
      store = new OutputStore(out, hadoop);
      manifest =
          Manifest.read(store)
              .orElseThrow(
                  () ->
                      new UserException(
                          "Folder "
                              + store.describe("")
                              + " has no manifest.json: give the folder of a data set"));
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
    run = new RecordedRun(manifest);
  }

  /** What the data set is. */
  public Manifest manifest() {
    return manifest;
  }

  /** All defects, in the order of the files; none for a sound data set. */
  public List<Defect> execute(SparkSession session) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    List<Defect> defects = new ArrayList<>(plan());
    defects.addAll(new FileCheck(store, manifest).defects(spark));
    return defects;
  }

  /**
   * A number of random rows, or all rows if there are fewer.
   *
   * @param seed chooses the rows
   */
  public RowChoice random(long count, long seed) {
    return RowChoice.random(manifest.splits(), count, seed);
  }

  /**
   * The rows of some ids: each is ID or LO..HI, or either after SPLIT and a colon.
   *
   * @throws UserException for an id that the data set does not have
   */
  public RowChoice named(List<String> ids) {
    return RowChoice.named(manifest.splits(), ids, run.firstId());
  }

  /** Refuses to prove rows by a model that a model did not make. */
  public void requireModel() {
    if (run.corpus()) {
      throw new UserException(
          "Data set "
              + manifest.name()
              + " is a corpus, whose rows come from other data sets: prove those by --regenerate and --rescore");
    }
  }

  /** Whether the rows were generated; they were scored otherwise. */
  public boolean generated() {
    return run.generated();
  }

  /**
   * Draws a number of rows again from the model and returns their defects.
   *
   * @param seed chooses the rows
   * @throws UserException if the data set was not made by that model from these prompts
   */
  public List<Defect> regenerate(ModelFolder model, long rows, long seed)
      throws InterruptedException {
    return regenerate(model, random(rows, seed)).defects();
  }

  /** Draws rows again from the model and compares their bytes. */
  public RowProof regenerate(ModelFolder model, RowChoice rows) throws InterruptedException {
    try {
      return new RowRegenerator(manifest, model, store).check(rows);
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /**
   * Scores a number of rows again from the texts or token ids that they hold.
   *
   * @param observer the second model of the data set; null if it has none
   * @param seed chooses the rows
   * @throws UserException where the rows hold no token ids, or were not scored by these models
   */
  public RowProof rescore(ModelFolder model, ModelFolder observer, long rows, long seed)
      throws InterruptedException {
    return rescore(model, observer, random(rows, seed));
  }

  /** Scores rows again and compares the bits. */
  public RowProof rescore(ModelFolder model, ModelFolder observer, RowChoice rows)
      throws InterruptedException {
    try {
      return new RowRescorer(manifest, model, observer, store).check(rows);
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private int shardRows() {
    return ((Number) manifest.settings().get("shardRows")).intValue();
  }

  /** Shards that are missing in the manifest, or that it does not know. */
  public List<Defect> plan() {
    List<Defect> defects = new ArrayList<>();
    if (!manifest.finished()) {
      defects.add(
          new Defect(
              Manifest.FILE, "the run is not finished: the command that began it resumes it"));
    }
    int told = 0;
    long untold = 0;
    for (Manifest.Split split : manifest.splits()) {
      Set<Integer> known = new HashSet<>();
      for (ShardReceipt shard : manifest.shards()) {
        if (shard.split().equals(split.name())) {
          known.add(shard.index());
        }
      }
      int count = ShardPlan.shardCount(split.rows(), shardRows());
      long missing = count - known.size();
      for (int i = 0; missing > 0 && told < MISSING_TOLD; i++) {
        if (!known.contains(i)) {
          defects.add(
              new Defect(manifest.shardFiles().file(split.folder(), i), "missing in the manifest"));
          missing--;
          told++;
        }
      }
      untold += missing;
      BitSet found = manifest.shardFiles().in(store, split.folder());
      for (int i = found.nextSetBit(0); i >= 0; i = found.nextSetBit(i + 1)) {
        if (!known.contains(i)) {
          defects.add(
              new Defect(manifest.shardFiles().file(split.folder(), i), "not of this data set"));
        }
      }
    }
    if (untold > 0) {
      defects.add(new Defect(Manifest.FILE, untold + " more shards are missing"));
    }
    Manifest.Totals totals = Manifest.Totals.of(manifest.shards());
    if (!totals.equals(manifest.totals())) {
      defects.add(
          new Defect(Manifest.FILE, "totals " + manifest.totals() + ", its shards have " + totals));
    }
    return defects;
  }
}
