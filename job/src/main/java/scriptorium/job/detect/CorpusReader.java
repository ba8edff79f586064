package scriptorium.job.detect;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scriptorium.job.RecordedRun;
import scriptorium.job.UserException;
import scriptorium.job.io.Manifest;
import scriptorium.job.io.OutputException;
import scriptorium.job.io.ScoreColumn;
import scriptorium.job.io.ShardReceipt;
import scriptorium.job.io.ShardStore;

/** A corpus as a table. */
final class CorpusReader {
  static final List<String> SPLITS = List.of("train", "valid", "test");

  private final String folder;
  private final ShardStore store;
  private final Manifest manifest;
  private final List<ScoreColumn> scores;

  /**
   * Looks at a corpus.
   *
   * @throws UserException where there is none that is finished
   */
  CorpusReader(String folder, Configuration hadoop) {
    this.folder = folder;
    try {
      manifest =
          Manifest.read(new ShardStore(folder, "jsonl", hadoop))
              .orElseThrow(
                  () ->
                      new UserException(
                          "Folder "
                              + folder
                              + " has no manifest.json: give one that corpus wrote"));
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
    if (!manifest.command().equals(RecordedRun.CORPUS)) {
      throw new UserException(
          "Folder "
              + folder
              + " is a data set of "
              + manifest.command()
              + ": make a corpus of it by scriptorium corpus");
    }
    if (!manifest.state().equals("done")) {
      throw new UserException(
          "Corpus " + folder + " is not finished: run the command that writes it again");
    }
    List<String> names = manifest.splits().stream().map(Manifest.Split::name).toList();
    if (!names.containsAll(SPLITS)) {
      throw new UserException(
          "Corpus "
              + folder
              + " has the splits "
              + String.join(", ", names)
              + ": detectors need train, valid and test");
    }
    store = new ShardStore(folder, String.valueOf(manifest.settings().get("format")), hadoop);
    scores = new RecordedRun(manifest).scores();
  }

  /** The scores that its rows have; none where it was not scored. */
  List<ScoreColumn> scores() {
    return scores;
  }

  Results.Corpus entry() {
    try (InputStream in = store.open(Manifest.FILE)) {
      return new Results.Corpus(manifest.name(), folder, ShardStore.hash(in).sha256());
    } catch (IOException e) {
      throw new OutputException(
          "Corpus "
              + folder
              + " cannot be read ("
              + e.getMessage()
              + "): run the same command again",
          e);
    }
  }

  /** Rows with row (its place in the corpus), split, text, label (1 synthetic), family, length. */
  Dataset<Row> read(SparkSession session) {
    StructType schema =
        new StructType()
            .add("id", DataTypes.LongType)
            .add("split", DataTypes.StringType)
            .add("text", DataTypes.StringType)
            .add("label", DataTypes.StringType)
            .add("family", DataTypes.StringType);
    for (ScoreColumn score : scores) {
      schema =
          schema.add(
              score.columnName(),
              score.type().equals("int") ? DataTypes.IntegerType : DataTypes.DoubleType);
    }
    List<String> files = new ArrayList<>();
    for (ShardReceipt shard : manifest.shards()) {
      files.add(store.describe(shard.file()));
    }
    String[] paths = files.toArray(String[]::new);
    Dataset<Row> rows =
        store.format().equals("parquet")
            ? session.read().parquet(paths).selectExpr(schema.fieldNames())
            : session.read().schema(schema).json(paths);
    Dataset<Row> numbered = rows.withColumn("row", offset().plus(col("id")));
    return numbered
        .withColumn("label", when(col("label").equalTo("human"), lit(0.0)).otherwise(lit(1.0)))
        .withColumn("characters", length(col("text")));
  }

  private org.apache.spark.sql.Column offset() {
    org.apache.spark.sql.Column offset = lit(0L);
    for (Manifest.Split split : manifest.splits()) {
      offset = when(col("split").equalTo(split.name()), lit(split.offset())).otherwise(offset);
    }
    return offset;
  }
}
