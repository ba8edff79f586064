package scriptorium.job;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.ScoringText;
import scriptorium.engine.TextScore;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.broadcast.BroadcastModel;
import scriptorium.job.broadcast.ExecutorModel;
import scriptorium.job.io.ScoreColumn;
import scriptorium.job.metrics.DoneRows;

/**
 * Scoring as a function from one Dataset to another: the columns of {@code score}, with the same
 * bits. Rows keep their order within a partition. A null text has null scores.
 *
 * <pre>{@code
 * try (ModelFolder model = ModelFolder.open(Path.of("datasets/books-8M"))) {
 *   Dataset<Row> scored =
 *       new DatasetScorer(spark, model, List.of(ScoreColumn.LOG_LIKELIHOOD)).score(texts, "text");
 * }
 * }</pre>
 */
public final class DatasetScorer {
  private final Broadcast<BroadcastModel> model;
  private final List<ScoreColumn> columns;
  private final int stride;
  private final ExecutorWork.EngineSize engine;
  private final long cacheBytes;
  private final LongAccumulator rowsDone;
  private final LongAccumulator tokensDone;

  /** Scores in windows that touch. */
  public DatasetScorer(JavaSparkContext spark, ModelFolder model, List<ScoreColumn> columns) {
    this(spark, model, columns, 0, EngineOptions.DEFAULT);
  }

  /**
   * Broadcasts a model.
   *
   * @param columns what is added to each row
   * @param stride tokens between windows of a text longer than the context, 0 for the context
   * @param engine size of each executor's engine
   */
  public DatasetScorer(
      JavaSparkContext spark,
      ModelFolder model,
      List<ScoreColumn> columns,
      int stride,
      EngineOptions engine) {
    this.model = spark.broadcast(new BroadcastModel(model, spark.isLocal()));
    this.columns = List.copyOf(columns);
    this.stride = stride;
    this.engine = ExecutorWork.EngineSize.of(engine);
    cacheBytes = engine.cacheBytes();
    rowsDone = spark.sc().longAccumulator(ProgressLine.ROWS);
    tokensDone = spark.sc().longAccumulator(ProgressLine.TOKENS);
  }

  /** The rows with the columns added. Lazy, as Spark's own functions are. */
  public Dataset<Row> score(Dataset<Row> texts, String textColumn) {
    StructType schema = texts.schema();
    int text = schema.fieldIndex(textColumn);
    for (ScoreColumn column : columns) {
      schema = schema.add(column.columnName(), type(column));
    }
    return texts.mapPartitions(
        new Partition(model, columns, stride, text, engine, cacheBytes, rowsDone, tokensDone),
        Encoders.row(schema));
  }

  private static DataType type(ScoreColumn column) {
    return switch (column.type()) {
      case "int" -> DataTypes.IntegerType;
      case "double" -> DataTypes.DoubleType;
      case "array of int" -> DataTypes.createArrayType(DataTypes.IntegerType, false);
      default -> DataTypes.createArrayType(DataTypes.DoubleType, false);
    };
  }

  private record Partition(
      Broadcast<BroadcastModel> model,
      List<ScoreColumn> columns,
      int stride,
      int text,
      ExecutorWork.EngineSize engine,
      long cacheBytes,
      LongAccumulator rowsDone,
      LongAccumulator tokensDone)
      implements MapPartitionsFunction<Row, Row>, Serializable {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      return new ScoredRows(this, rows);
    }
  }

  /** Rows of a partition, scored some hundreds at a time. */
  private static final class ScoredRows implements Iterator<Row> {
    private static final int ROWS = 1024;

    private final Partition settings;
    private final Iterator<Row> rows;
    private Iterator<Row> scored = List.<Row>of().iterator();

    ScoredRows(Partition settings, Iterator<Row> rows) {
      this.settings = settings;
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      if (!scored.hasNext() && rows.hasNext()) {
        List<Row> some = new ArrayList<>();
        while (some.size() < ROWS && rows.hasNext()) {
          some.add(rows.next());
        }
        scored = score(some).iterator();
      }
      return scored.hasNext();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException("The partition has no more rows");
      }
      return scored.next();
    }

    private List<Row> score(List<Row> some) {
      Engine engine =
          settings.model().value().acquire(settings.engine().options(settings.cacheBytes()));
      try {
        BytePairTokenizer tokenizer = engine.model().tokenizer();
        List<ScoringText> texts = new ArrayList<>();
        for (int i = 0; i < some.size(); i++) {
          String text = some.get(i).getString(settings.text());
          if (text != null) {
            texts.add(new ScoringText(i, new int[0], tokenizer.encode(text)));
          }
        }
        boolean details = settings.columns().stream().anyMatch(ScoreColumn::needsDetails);
        TextScore[] scores = new TextScore[some.size()];
        new Scorer(engine, new ScoringConfig(settings.stride(), details))
            .score(texts.iterator(), score -> scores[(int) score.id()] = score);
        settings.rowsDone().add(some.size());
        DoneRows.add(some.size());
        for (TextScore score : scores) {
          settings.tokensDone().add(score == null ? 0 : score.length());
        }
        List<Row> result = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
          result.add(row(some.get(i), scores[i]));
        }
        return result;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("The task was interrupted", e);
      } finally {
        ExecutorModel.release();
      }
    }

    private Row row(Row input, TextScore score) {
      Object[] values = new Object[input.length() + settings.columns().size()];
      for (int i = 0; i < input.length(); i++) {
        values[i] = input.get(i);
      }
      if (score != null) {
        long bytes = input.getString(settings.text()).getBytes(StandardCharsets.UTF_8).length;
        for (int i = 0; i < settings.columns().size(); i++) {
          values[input.length() + i] = settings.columns().get(i).value(score, bytes);
        }
      }
      return RowFactory.create(values);
    }
  }
}
