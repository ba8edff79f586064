package scriptorium.job.corpus;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.row_number;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.storage.StorageLevel;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.Console;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.Parcels;
import scriptorium.job.config.CorpusConfig;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.dataset.DatasetScorer;
import scriptorium.job.input.InputFile;
import scriptorium.job.input.InputReader;
import scriptorium.job.input.InputScan;
import scriptorium.job.input.InputTable;
import scriptorium.job.output.DatasetCard;
import scriptorium.job.output.RecordedInputs;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.run.InputScans;
import scriptorium.job.spark.JobNames;
import scriptorium.job.spark.MemoryNeed;
import scriptorium.job.spark.ProgressLine;
import scriptorium.job.spark.Shuffles;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.ManifestBuilder;
import scriptorium.job.store.OutputFolder;
import scriptorium.job.store.OutputLock;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.store.ShardReceipt;

/**
 * Makes a corpus for detectors of human and synthetic texts: equal and nearly equal texts are
 * removed, groups stay in one split, every side gives as many texts, and a hash gives the order.
 * The rows are a function of the texts, the settings and, where it scores, the model: not of the
 * cluster. A corpus that is there is left as it is; one that a run has left unfinished is begun
 * anew.
 */
public final class CorpusJob {
  private static final int SCORED_ROWS_A_TASK = 256;

  private final CorpusConfig config;
  private final ModelFolder model;
  private final Configuration hadoop;
  private final boolean overwrite;
  private final Console console;
  private final OutputStore store;
  private List<CorpusSource> sources;
  private List<ScoreColumn> scores;

  /**
   * A job.
   *
   * @param model that scores the texts, null for none
   * @param overwrite whether a corpus that is there is deleted first
   * @param console where progress and warnings are told
   */
  public CorpusJob(
      CorpusConfig config,
      ModelFolder model,
      Configuration hadoop,
      boolean overwrite,
      Console console) {
    this.config = config;
    this.model = model;
    this.hadoop = hadoop;
    this.overwrite = overwrite;
    this.console = console;
    store = new OutputStore(config.out(), hadoop);
  }

  /**
   * What became of the texts.
   *
   * @param fresh whether they were written by this run
   */
  public record Result(Manifest manifest, List<SourceCounts> counts, boolean fresh) {}

  /** What became of the rows of a source; kept: in the corpus. */
  public record SourceCounts(
      String source,
      String family,
      long rows,
      long unusable,
      long equal,
      long nearlyEqual,
      long kept) {}

  /**
   * Refuses sources that are not there, and an output that cannot be written or is another's.
   *
   * @throws UserException in one line
   */
  public void check() {
    if (model != null) {
      MemoryNeed.check(model.config(), config.engine());
    }
    sources = CorpusSource.of(config, hadoop, console);
    scores = model == null ? commonScores() : ScoreConfig.numbers();
    try {
      sources.forEach(source -> InputReader.check(source.files(), hadoop));
      store.prepare();
      OutputFolder.holdsDataSet(store);
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** Scores that all sources have, if of one model. */
  private List<ScoreColumn> commonScores() {
    boolean one =
        sources.stream().allMatch(source -> source.scores() != null)
            && sources.stream().map(source -> source.scores().weights()).distinct().count() == 1;
    if (!one) {
      return List.of();
    }
    List<ScoreColumn> common = new ArrayList<>(sources.getFirst().scores().columns());
    sources.forEach(source -> common.retainAll(source.scores().columns()));
    return List.copyOf(common);
  }

  /** Writes the corpus; the session stays open. */
  public Result execute(SparkSession running) {
    SparkSession session = running.newSession(); // whose settings are this run's own
    try (OutputLock lock = OutputLock.take(store, console)) {
      store.guardBy(lock.id());
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      tell("reading " + sources.size() + " sources");
      name(session, "read the sources");
      List<InputTable> tables = scan(spark);
      Shuffles.fit(session, tables.getLast().rows());
      Manifest fresh = manifest(spark, tables);
      if (!overwrite) {
        Optional<Manifest> there = there(fresh);
        if (there.isPresent()) {
          return new Result(there.get(), List.of(), false);
        }
      }
      OutputFolder.clear(store);
      fresh.write(store);
      Result result = build(session, tables, lock.id(), fresh);
      store.sweep();
      return result;
    }
  }

  /** The corpus that is there, if it is this one and finished. */
  private Optional<Manifest> there(Manifest fresh) {
    Optional<Manifest> there = Manifest.read(store);
    try {
      there.ifPresent(
          manifest ->
              OutputFolder.refuseOther(
                  store, manifest.withSplits(List.of()).identity(), fresh.identity()));
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
    return there.filter(manifest -> manifest.finished());
  }

  private List<InputTable> scan(JavaSparkContext spark) {
    List<InputFile> files = sources.stream().flatMap(source -> source.files().stream()).toList();
    List<InputScan> scans = InputScans.of(spark, files, InputColumns.NONE, false);
    List<InputTable> tables = new ArrayList<>();
    int at = 0;
    for (CorpusSource source : sources) {
      tables.add(new InputTable(scans.subList(at, at + source.files().size())));
      at += source.files().size();
    }
    tables.add(new InputTable(scans)); // all of them, for the manifest
    return tables;
  }

  private Manifest manifest(JavaSparkContext spark, List<InputTable> tables) {
    Map<String, Object> settings = config.decisiveSettings();
    settings.put(
        "columns", String.join(",", scores.stream().map(ScoreColumn::columnName).toList()));
    settings.put(
        "sources",
        String.join(
            ", ", sources.stream().map(source -> source.name() + ":" + source.family()).toList()));
    return new ManifestBuilder(Manifest.Command.CORPUS, config.name())
        .model(model)
        .inputs(RecordedInputs.of(tables.getLast()))
        .settings(settings)
        .begin(Map.of("master", spark.master(), "parallelism", spark.defaultParallelism()));
  }

  /** Names the work that follows, in Spark's UI. */
  private void name(SparkSession session, String what) {
    JobNames.set(session.sparkContext(), "corpus " + config.name() + ": " + what);
  }

  private void tell(String what) {
    console.progress("corpus " + config.name() + ": " + what);
  }

  private Result build(SparkSession session, List<InputTable> tables, String lock, Manifest begun) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    CorpusTexts texts = new CorpusTexts(session, config, sources);
    Dataset<Row> rows =
        texts
            .rows(tables, model == null ? scores : List.of())
            .persist(StorageLevel.MEMORY_AND_DISK());
    name(session, "take fingerprints of the texts");
    Map<String, Long> all = bySource(rows);
    Dataset<Row> good = rows.filter(col("error").isNull());
    Map<String, Long> usable = bySource(good);
    refuseUnusable(rows, all, usable);
    name(session, "drop equal texts");
    Dataset<Row> different = CorpusTexts.different(good);
    Map<String, Long> distinct = bySource(different);
    tell(sum(distinct) + " different texts of " + sum(all) + " rows");
    name(session, "drop nearly equal texts, split");
    Dataset<Row> kept =
        texts
            .withSplit(texts.apart(different))
            .drop("bands", "exact", "group", "error")
            .persist(StorageLevel.MEMORY_AND_DISK());
    Map<String, Long> apart = bySource(kept);
    rows.unpersist();
    tell(sum(apart) + " texts that are not nearly the same");
    name(session, "balance");
    CorpusTexts.Balanced balanced = texts.balanced(kept);
    name(session, model == null ? "take the chosen texts" : "score the chosen texts");
    Dataset<Row> chosen = scored(spark, balanced).persist(StorageLevel.MEMORY_AND_DISK());
    Map<String, Long> written = bySourceWithProgress(spark, chosen, balanced.count());
    kept.unpersist();
    tell("writing " + sum(written) + " rows");
    name(session, "write");
    List<ShardReceipt> receipts = write(chosen, lock);
    Manifest manifest = begun.withSplits(splits(balanced)).running(receipts);
    chosen.unpersist();
    List<SourceCounts> counts =
        sources.stream()
            .map(source -> counts(source, all, usable, distinct, apart, written))
            .toList();
    List<Manifest.Merged> merged =
        config.released() ? ReleasedLayout.write(spark, store, manifest, sources, lock) : List.of();
    Manifest finished = manifest.done(receipts, merged);
    byte[] card = CorpusCard.text(finished, counts, scores).getBytes(StandardCharsets.UTF_8);
    store.write(DatasetCard.FILE, out -> out.write(card));
    finished.write(store);
    return new Result(finished, counts, true);
  }

  private static SourceCounts counts(
      CorpusSource source,
      Map<String, Long> all,
      Map<String, Long> usable,
      Map<String, Long> distinct,
      Map<String, Long> apart,
      Map<String, Long> written) {
    String name = source.name();
    long rows = all.getOrDefault(name, 0L);
    long good = usable.getOrDefault(name, 0L);
    long different = distinct.getOrDefault(name, 0L);
    return new SourceCounts(
        name,
        source.family(),
        rows,
        rows - good,
        good - different,
        different - apart.getOrDefault(name, 0L),
        written.getOrDefault(name, 0L));
  }

  private static Map<String, Long> bySource(Dataset<Row> rows) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Row row : rows.groupBy("source").count().collectAsList()) {
      counts.put(row.getString(0), row.getLong(1));
    }
    return counts;
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** A source without texts is a mistake of the user's; so are bad rows where they said so. */
  private void refuseUnusable(Dataset<Row> rows, Map<String, Long> all, Map<String, Long> usable) {
    for (CorpusSource source : sources) {
      boolean none = !usable.containsKey(source.name());
      boolean some = usable.getOrDefault(source.name(), 0L) < all.getOrDefault(source.name(), 0L);
      if (none || some && config.failOnBadRow()) {
        Row first =
            rows
                .filter(col("source").equalTo(source.name()).and(col("error").isNotNull()))
                .orderBy("source_id")
                .select("source_id", "error")
                .takeAsList(1)
                .stream()
                .findFirst()
                .orElse(null);
        throw new UserException(
            "Source "
                + source.name()
                + (none ? " has no texts" : " has bad rows")
                + (first == null
                    ? ""
                    : " (row " + first.getLong(0) + ": " + first.getString(1) + ")")
                + ": name the right column by --text-column, or give texts");
      }
    }
  }

  private Dataset<Row> scored(JavaSparkContext spark, CorpusTexts.Balanced balanced) {
    if (model == null) {
      return balanced.texts();
    }
    tell("scoring " + balanced.count() + " texts under " + model.name());
    int tasks = Math.clamp(balanced.count() / SCORED_ROWS_A_TASK, 1, 100_000);
    return new DatasetScorer(spark, model, scores, 0, config.engine())
        .score(balanced.texts().repartition(tasks), "text");
  }

  /** Counts rows, which has them scored, and shows how far that is. */
  private Map<String, Long> bySourceWithProgress(
      JavaSparkContext spark, Dataset<Row> chosen, long rows) {
    if (model == null) {
      return bySource(chosen);
    }
    try (ProgressLine progress = new ProgressLine(rows, console)) {
      spark.sc().addSparkListener(progress);
      try {
        return bySource(chosen);
      } finally {
        spark.sc().removeSparkListener(progress);
      }
    }
  }

  private List<Manifest.Split> splits(CorpusTexts.Balanced balanced) {
    List<Manifest.Split> splits = new ArrayList<>();
    long offset = 0;
    for (String name : config.splits().keySet()) {
      long count = balanced.rows().get(name);
      splits.add(new Manifest.Split(name, ShardFiles.folder(config.name(), name), offset, count));
      offset += count;
    }
    return splits;
  }

  private List<ShardReceipt> write(Dataset<Row> chosen, String lock) {
    Dataset<Row> numbered =
        chosen
            .withColumn(
                "id",
                row_number()
                    .over(Window.partitionBy("split").orderBy("order", "source", "source_id"))
                    .minus(1)
                    .cast("long"))
            .withColumn("shard", floor(col("id").divide(config.shardRows())).cast("int"));
    CorpusShards shards =
        new CorpusShards(
            store.describe(""), config.name(), config.format(), lock, List.copyOf(scores));
    List<ShardReceipt> receipts =
        new ArrayList<>(
            Parcels.collect(
                numbered
                    .repartition(col("split"), col("shard"))
                    .sortWithinPartitions("split", "id")
                    .toJavaRDD()
                    .mapPartitions(shards::write)));
    List<String> order = List.copyOf(config.splits().keySet());
    receipts.sort(
        java.util.Comparator.comparingInt((ShardReceipt shard) -> order.indexOf(shard.split()))
            .thenComparingInt(ShardReceipt::index));
    return receipts;
  }
}
