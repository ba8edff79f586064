package scriptorium.job.detect;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.Sha256;
import scriptorium.job.base.UserException;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;

/** A finished corpus, as the {@code corpus} command writes it. */
final class Corpus {
  static final String HUMAN = "human";
  static final String ALL = "all";
  static final List<String> SPLITS = List.of("train", "valid", "test");
  private static final String REMEDY = "give the folder of a finished corpus";

  private final OutputStore store;
  private final String path;
  private final Manifest manifest;

  private Corpus(OutputStore store, String path, Manifest manifest) {
    this.store = store;
    this.path = path;
    this.manifest = manifest;
  }

  /**
   * A corpus whose manifest has been read.
   *
   * @throws UserException if it is not a corpus, or not finished
   */
  static Corpus open(String path, Configuration hadoop) {
    try {
      OutputStore store = new OutputStore(path, hadoop);
      Manifest manifest =
          Manifest.read(store).orElseThrow(() -> wrong(path, "has no manifest.json: " + REMEDY));
      if (manifest.command() != Manifest.Command.CORPUS) {
        throw wrong(path, "was written by " + manifest.command() + ": make one by corpus");
      }
      if (!manifest.finished()) {
        throw wrong(
            path, "is not finished (" + manifest.state() + "): run its command again first");
      }
      for (String split : SPLITS) {
        if (manifest.splits().stream()
            .noneMatch(one -> one.name().equals(split) && one.rows() > 0)) {
          throw wrong(
              path, "has no rows in the split " + split + ": make it with train, valid and test");
        }
      }
      return new Corpus(store, path, manifest);
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static UserException wrong(String path, String what) {
    return new UserException("Corpus " + path + " " + what);
  }

  String path() {
    return path;
  }

  Manifest manifest() {
    return manifest;
  }

  /** The hash of the manifest, which has those of all shards. */
  String manifestSha256() {
    try (InputStream in = store.open(Manifest.FILE)) {
      return Sha256.of(in).sha256();
    } catch (IOException e) {
      throw new OutputException(store.describe(Manifest.FILE) + " cannot be read: " + e, e);
    }
  }

  /** All rows of the three splits: id, split, text, label, family, and what scores there are. */
  Dataset<Row> rows(SparkSession session) {
    String[] files =
        manifest.shards().stream()
            .filter(shard -> SPLITS.contains(shard.split()))
            .map(shard -> store.describe(shard.file()))
            .toArray(String[]::new);
    if ("parquet".equals(manifest.settings().get("format"))) {
      return columns(session.read().parquet(files));
    }
    StructType schema =
        new StructType()
            .add("id", "long")
            .add("split", "string")
            .add("text", "string")
            .add("label", "string")
            .add("family", "string");
    for (ScoreColumn column : Scores.READ) {
      schema = schema.add(column.columnName(), "double");
    }
    return columns(session.read().schema(schema).option("mode", "FAILFAST").json(files));
  }

  private static Dataset<Row> columns(Dataset<Row> table) {
    Set<String> there = Set.copyOf(Arrays.asList(table.columns()));
    List<Column> columns = new ArrayList<>();
    for (String name : List.of("id", "split", "text", "label", "family")) {
      columns.add(col(name));
    }
    for (ScoreColumn column : Scores.READ) {
      String name = column.columnName();
      columns.add((there.contains(name) ? col(name) : lit(null)).cast("double").alias(name));
    }
    return table.select(columns.toArray(Column[]::new));
  }

  /**
   * The rows without their texts, by split and id.
   *
   * @throws UserException where they are not those that the manifest promises
   */
  List<TextRow> facts(Dataset<Row> rows) {
    List<TextRow> facts = new ArrayList<>();
    for (Row row :
        rows.withColumn("characters", length(col("text")))
            .drop("text")
            .orderBy("split", "id")
            .collectAsList()) {
      facts.add(fact(row));
    }
    for (Manifest.Split split : manifest.splits()) {
      long found = facts.stream().filter(fact -> fact.split().equals(split.name())).count();
      if (SPLITS.contains(split.name()) && found != split.rows()) {
        throw wrong(
            path,
            "has "
                + found
                + " rows in the split "
                + split.name()
                + ", its manifest "
                + split.rows()
                + ": scriptorium verify tells what is damaged");
      }
    }
    return facts;
  }

  private TextRow fact(Row row) {
    for (int i = 0; i < 4; i++) {
      if (row.isNullAt(i)) {
        throw wrong(path, "has a row without " + row.schema().fieldNames()[i] + ": " + REMEDY);
      }
    }
    String label = row.getAs("label");
    String family = row.getAs("family");
    boolean synthetic = label.equals("synthetic");
    if (!synthetic && !label.equals(HUMAN) || synthetic == family.equals(HUMAN)) {
      throw wrong(path, "has a row of label " + label + " and family " + family + ": " + REMEDY);
    }
    if (!family.matches("[A-Za-z0-9][A-Za-z0-9._-]*") || family.equals(ALL)) {
      throw wrong(path, "has the family " + family + ", which no folder can be named by");
    }
    double[] scores = new double[Scores.values().length];
    for (Scores score : Scores.values()) {
      scores[score.ordinal()] = score.of(column -> row.getAs(column.columnName()));
    }
    if (row.isNullAt(row.fieldIndex("characters"))) {
      throw wrong(path, "has a row without text: " + REMEDY);
    }
    return new TextRow(
        row.getAs("id"),
        row.getAs("split"),
        family,
        synthetic,
        row.<Integer>getAs("characters"),
        scores);
  }

  /**
   * The families, sorted.
   *
   * @throws UserException where a class is missing from a split
   */
  List<String> families(List<TextRow> facts) {
    Set<String> families = new TreeSet<>();
    facts.forEach(fact -> families.add(fact.family()));
    families.add(HUMAN);
    if (families.size() == 1) {
      throw wrong(path, "has no synthetic rows: make it with --synthetic");
    }
    for (String split : SPLITS) {
      for (String family : families) {
        if (facts.stream()
            .noneMatch(fact -> fact.split().equals(split) && fact.family().equals(family))) {
          throw wrong(
              path,
              "has no rows of family "
                  + family
                  + " in the split "
                  + split
                  + ": give both classes more texts");
        }
      }
    }
    families.remove(HUMAN);
    return List.copyOf(families);
  }

  /** The scores that some row of a corpus has. */
  static Set<Scores> scored(List<TextRow> facts) {
    Set<Scores> scored = EnumSet.noneOf(Scores.class);
    for (Scores score : Scores.values()) {
      if (facts.stream().anyMatch(fact -> !Double.isNaN(fact.score(score)))) {
        scored.add(score);
      }
    }
    return scored;
  }
}
