package scriptorium.job.corpus;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.Parcels;
import scriptorium.job.broadcast.Shared;
import scriptorium.job.config.CorpusConfig;
import scriptorium.job.input.InputTable;
import scriptorium.job.row.ScoreColumn;

/** The steps from the rows of the sources to those of a corpus, each lazy as Spark's own are. */
final class CorpusTexts {
  private static final int RANGE_ROWS = 1000;
  private static final int RANGES_A_CORE = 64;

  private final SparkSession session;
  private final CorpusConfig config;
  private final List<CorpusSource> sources;

  CorpusTexts(SparkSession session, CorpusConfig config, List<CorpusSource> sources) {
    this.session = session;
    this.config = config;
    this.sources = sources;
  }

  private JavaSparkContext spark() {
    return JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  /** Names as Scala has them. */
  static Seq<String> columns(String... names) {
    return scala.jdk.javaapi.CollectionConverters.asScala(List.of(names)).toSeq();
  }

  /** The rows of the sources, with what decides about them. */
  Dataset<Row> rows(List<InputTable> tables, List<ScoreColumn> taken) {
    List<SourceReader.Range> ranges = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      long count = tables.get(i).rows();
      long step =
          Math.max(RANGE_ROWS, count / ((long) RANGES_A_CORE * spark().defaultParallelism()));
      for (long from = 0; from < count; from += step) {
        ranges.add(new SourceReader.Range(i, from, Math.min(count, from + step)));
      }
    }
    if (ranges.isEmpty()) {
      throw new UserException("The sources have no rows: give at least one text a side");
    }
    SourceReader reader =
        new SourceReader(
            sources,
            List.copyOf(tables.subList(0, sources.size())),
            taken,
            config.textColumn(),
            config.groupColumn(),
            config.seed());
    Shared<SourceReader> shared = Shared.of(spark(), reader);
    return session.createDataFrame(
        Parcels.distribute(spark(), ranges, ranges.size())
            .flatMap(range -> shared.value().read(range)),
        SourceReader.table(taken));
  }

  /** Of texts that differ in white space alone, one: a human one before a synthetic one. */
  static Dataset<Row> different(Dataset<Row> good) {
    return good.withColumn(
            "place",
            row_number()
                .over(
                    Window.partitionBy("exact")
                        .orderBy(col("side").gt(0), col("order"), col("source"), col("source_id"))))
        .filter(col("place").equalTo(1))
        .drop("place");
  }

  /** Texts of which none is nearly the same as another. */
  Dataset<Row> apart(Dataset<Row> texts) {
    return config.nearDuplicates() == 1
        ? texts
        : texts.join(
            NearDuplicates.of(texts, config.nearDuplicates()),
            columns("source", "source_id"),
            "left_anti");
  }

  /** Gives every text the split of its group. */
  Dataset<Row> withSplit(Dataset<Row> texts) {
    Column place = shiftrightunsigned(col("group"), 11).divide(lit(0x1p53));
    Column split = null;
    double upTo = 0;
    for (Map.Entry<String, Double> entry : config.splits().entrySet()) {
      upTo += entry.getValue();
      Column here = place.lt(lit(upTo));
      split =
          split == null ? when(here, lit(entry.getKey())) : split.when(here, lit(entry.getKey()));
    }
    String last = config.splits().keySet().stream().reduce((a, b) -> b).orElseThrow();
    return texts.withColumn("split", split.otherwise(lit(last)));
  }

  /**
   * The texts of a corpus.
   *
   * @param rows how many each split has
   */
  record Balanced(Dataset<Row> texts, Map<String, Long> rows) {
    long count() {
      return rows.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /** As many of each side as the side with the fewest has. */
  Balanced balanced(Dataset<Row> texts) {
    Column step = config.matchLengths() ? col("length_step") : lit(0);
    Dataset<Row> stepped = texts.withColumn("length_step", step);
    List<Balance.Count> counts = new ArrayList<>();
    for (Row row : stepped.groupBy("split", "side", "length_step").count().collectAsList()) {
      counts.add(new Balance.Count(row.getString(0), row.getInt(1), row.getInt(2), row.getLong(3)));
    }
    Map<String, Long> most = new LinkedHashMap<>();
    config
        .splits()
        .forEach(
            (name, share) ->
                most.put(
                    name, config.rows() == 0 ? Long.MAX_VALUE : Math.round(config.rows() * share)));
    List<String> sides = sides();
    List<Balance.Quota> quotas = Balance.of(counts, sides, most);
    Map<String, Long> rows = new LinkedHashMap<>();
    quotas.forEach(quota -> rows.merge(quota.split(), quota.rows() * sides.size(), Long::sum));
    Dataset<Row> table =
        session.createDataFrame(
            quotas.stream()
                .map(quota -> RowFactory.create(quota.split(), quota.step(), quota.rows()))
                .toList(),
            new StructType().add("split", "string").add("length_step", "int").add("quota", "long"));
    Dataset<Row> chosen =
        stepped
            .withColumn(
                "place",
                row_number()
                    .over(
                        Window.partitionBy("split", "side", "length_step")
                            .orderBy("order", "source", "source_id")))
            .join(broadcast(table), columns("split", "length_step"), "inner")
            .filter(col("place").leq(col("quota")))
            .drop("place", "quota", "length_step", "side");
    return new Balanced(chosen, rows);
  }

  private List<String> sides() {
    List<String> names = new ArrayList<>(List.of("human text"));
    sources.stream().filter(source -> !source.human()).forEach(source -> names.add(source.name()));
    return names;
  }
}
