package scriptorium.job.dataset;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.ScoringText;
import scriptorium.engine.TextScore;
import scriptorium.engine.generation.RowFailure;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.BroadcastModel;
import scriptorium.job.broadcast.Shared;
import scriptorium.job.metrics.DoneRows;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.spark.MemoryNeed;
import scriptorium.job.spark.ProgressLine;
import scriptorium.job.spark.SparkTypes;

/**
 * Scoring as a function from one Dataset to another: the columns of {@code score}, with the same
 * bits. Rows keep their order within a partition. A null text has null scores, and so has one whose
 * logits under the model are not finite. Streaming Datasets are scored like others.
 *
 * <pre>{@code
 * try (ModelFolder model = ModelFolder.open(Path.of("datasets/books-8M"))) {
 *   Dataset<Row> scored =
 *       new DatasetScorer(spark, model, List.of(ScoreColumn.LOG_LIKELIHOOD)).score(texts, "text");
 * }
 * }</pre>
 */
public final class DatasetScorer {
  private static final Logger LOG = LogManager.getLogger(DatasetScorer.class);

  private final Shared<BroadcastModel> model;
  private final List<ScoreColumn> columns;
  private final int stride;
  private final EngineOptions engine;
  private final LongAccumulator rowsDone;
  private final LongAccumulator tokensDone;

  /** Scores in windows that touch. */
  public DatasetScorer(SparkSession spark, ModelFolder model, List<ScoreColumn> columns) {
    this(JavaSparkContext.fromSparkContext(spark.sparkContext()), model, columns);
  }

  /** The same from a JavaSparkContext. */
  public DatasetScorer(JavaSparkContext spark, ModelFolder model, List<ScoreColumn> columns) {
    this(spark, model, columns, 0, EngineOptions.DEFAULT);
  }

  /**
   * Broadcasts a model.
   *
   * @param columns what is added to each row
   * @param stride tokens between windows of a text longer than the context, 0 for the context
   * @param engine size of each executor's engine
   * @throws UserException for a cache that holds no sequence, a stride that is negative or longer
   *     than the context, no columns or one twice, and a column that needs a second model
   */
  public DatasetScorer(
      JavaSparkContext spark,
      ModelFolder model,
      List<ScoreColumn> columns,
      int stride,
      EngineOptions engine) {
    MemoryNeed.check(model.config(), engine);
    check(columns, stride, model.config().contextLength());
    this.model = BroadcastModel.send(spark.sc(), model);
    this.columns = List.copyOf(columns);
    this.stride = stride;
    this.engine = engine;
    rowsDone = spark.sc().longAccumulator(ProgressLine.ROWS);
    tokensDone = spark.sc().longAccumulator(ProgressLine.TOKENS);
  }

  private static void check(List<ScoreColumn> columns, int stride, int context) {
    if (stride < 0 || stride > context) {
      throw new UserException("Stride " + stride + ": give one in 0.." + context);
    }
    if (columns.isEmpty() || Set.copyOf(columns).size() < columns.size()) {
      throw new UserException("Columns " + columns + ": give at least one, and each once");
    }
    if (columns.contains(ScoreColumn.BINOCULARS)) {
      throw new UserException(
          "Column binoculars needs a second model: leave it out, or use the command score with"
              + " --observer");
    }
  }

  /**
   * The rows with the columns added. Lazy, as Spark's own functions are.
   *
   * @param textColumn column of strings; a null text has null scores, and so has one whose logits
   *     are not finite
   * @throws IllegalArgumentException where there is no such column
   */
  public Dataset<Row> score(Dataset<Row> texts, String textColumn) {
    StructType schema = texts.schema();
    int text = schema.fieldIndex(textColumn);
    for (ScoreColumn column : columns) {
      schema = schema.add(column.columnName(), SparkTypes.of(column.type()));
    }
    return texts.mapPartitions(
        new Partition(model, columns, stride, text, engine, rowsDone, tokensDone),
        Encoders.row(schema));
  }

  private record Partition(
      Shared<BroadcastModel> model,
      List<ScoreColumn> columns,
      int stride,
      int text,
      EngineOptions engine,
      LongAccumulator rowsDone,
      LongAccumulator tokensDone)
      implements MapPartitionsFunction<Row, Row>, Serializable {
    /** A row that goes out, and the tokens scored of it. */
    private record Scored(Row row, int tokens) {}

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      return new MappedIterator<>(
          new RowsAhead<>(rows, this::characters, () -> model.value().acquire(engine), this::score),
          this::counted);
    }

    private long characters(Row row) {
      return row.isNullAt(text) ? 0 : row.getString(text).length();
    }

    /** Accumulators are the task's thread's. */
    private Row counted(Scored scored) {
      rowsDone.add(1L);
      tokensDone.add(scored.tokens());
      return scored.row();
    }

    private List<Scored> score(Engine engine, List<Row> some) throws InterruptedException {
      BytePairTokenizer tokenizer = engine.model().tokenizer();
      List<ScoringText> texts = new ArrayList<>();
      for (int i = 0; i < some.size(); i++) {
        if (!some.get(i).isNullAt(text)) {
          texts.add(new ScoringText(i, new int[0], tokenizer.encode(some.get(i).getString(text))));
        }
      }
      boolean details = columns.stream().anyMatch(ScoreColumn::needsDetails);
      TextScore[] scores = new TextScore[some.size()];
      List<RowFailure> failures = new ArrayList<>();
      new Scorer(engine, new ScoringConfig(stride, details))
          .score(
              texts.iterator(),
              score -> scores[(int) score.id()] = score,
              failures::add,
              tokens -> {});
      if (!failures.isEmpty()) {
        LOG.warn(
            "{} of {} texts are not scored: {}",
            failures.size(),
            texts.size(),
            failures.getFirst().reason());
      }
      DoneRows.add(some.size());
      List<Scored> result = new ArrayList<>();
      for (int i = 0; i < scores.length; i++) {
        result.add(
            new Scored(row(some.get(i), scores[i]), scores[i] == null ? 0 : scores[i].length()));
      }
      return result;
    }

    private Row row(Row input, TextScore score) {
      Object[] values = new Object[input.length() + columns.size()];
      for (int i = 0; i < input.length(); i++) {
        values[i] = input.get(i);
      }
      if (score != null) {
        long bytes = input.getString(text).getBytes(StandardCharsets.UTF_8).length;
        for (int i = 0; i < columns.size(); i++) {
          values[input.length() + i] = columns.get(i).value(score, bytes);
        }
      }
      return RowFactory.create(values);
    }
  }
}
