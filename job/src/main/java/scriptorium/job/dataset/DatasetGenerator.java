package scriptorium.job.dataset;

import java.io.Serializable;
import java.util.Iterator;
import java.util.Set;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.BroadcastModel;
import scriptorium.job.broadcast.Shared;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.dataset.PromptSampler.Numbered;
import scriptorium.job.row.SampleSchema;
import scriptorium.job.spark.MemoryNeed;
import scriptorium.job.spark.SparkTypes;

/**
 * Generating as a function from one Dataset to another: the rows of {@code generate}, with the same
 * bits. A column of ids names each row's random stream, so that a row is a function of model,
 * settings, prompt and id, and of no partition, order or cluster: row i of {@code generate
 * --prompts FILE} is that of line i of the file with the id i. There is no way without ids: what
 * Spark numbers by itself depends on partitions.
 *
 * <pre>{@code
 * GenerateOptions settings = new GenerateOptions();
 * settings.set(SamplingSetting.TOP_K, 40);
 * settings.set(SamplingSetting.MAX_NEW_TOKENS, 64);
 * try (ModelFolder model = ModelFolder.open(Path.of("datasets/books-8M"))) {
 *   Dataset<Row> samples =
 *       new DatasetGenerator(spark, model, settings).generate(prompts, "text", "id");
 * }
 * }</pre>
 */
public final class DatasetGenerator {
  private static final Set<DataType> WHOLE_NUMBERS =
      Set.of(DataTypes.ByteType, DataTypes.ShortType, DataTypes.IntegerType, DataTypes.LongType);

  private final Shared<BroadcastModel> model;
  private final String modelName;
  private final GenerateOptions settings;
  private final EngineOptions engine;

  /**
   * Broadcasts a model.
   *
   * @param settings as those of the command {@code generate} or of a preset: how rows are drawn,
   *     {@code samplesPerPrompt}, {@code schema}, {@code tokenColumns}, {@code onBadRow} and the
   *     engine's size; what says where rows come from or go to is not read
   * @throws UserException for an invalid setting, and a cache that holds no sequence
   */
  public DatasetGenerator(SparkSession spark, ModelFolder model, GenerateOptions settings) {
    this.settings = new GenerateOptions().or(settings);
    JobConfig config = PromptSampler.config(settings, true);
    SampleSettings.check(config.generation(), model.config().contextLength());
    engine = config.engine();
    MemoryNeed.check(model.config(), engine);
    modelName = model.name();
    this.model = BroadcastModel.send(spark.sparkContext(), model);
  }

  /**
   * The samples of prompts: the columns of {@code generate} with prompts, in the prompts' order, of
   * which {@code prompt_id} is the prompt's id, and {@code id} is it times the samples a prompt,
   * plus the sample's number. A prompt that is null, or too long, or leads to logits that are not
   * finite, becomes a row with an {@code error}. Lazy, as Spark's own functions are.
   *
   * @param textColumn column of strings
   * @param idColumn column of whole numbers from 0, each row its own; a null stops the query
   * @throws UserException where there are no such columns
   */
  public Dataset<Row> generate(Dataset<Row> prompts, String textColumn, String idColumn) {
    return generate(prompts, column(prompts, textColumn, Set.of(DataTypes.StringType)), idColumn);
  }

  /**
   * Samples without prompts, one for each id, as those of {@code generate --count}; a row whose
   * logits are not finite has no tokens, no end and no likelihoods. Lazy.
   *
   * @param idColumn column of whole numbers from 0, each row its own; a null stops the query
   * @throws UserException where there is no such column
   */
  public Dataset<Row> generate(Dataset<Row> ids, String idColumn) {
    return generate(ids, -1, idColumn);
  }

  private Dataset<Row> generate(Dataset<Row> rows, int text, String idColumn) {
    int id = column(rows, idColumn, WHOLE_NUMBERS);
    PromptSampler sampler = new PromptSampler(settings, text >= 0, modelName);
    return rows.mapPartitions(
        new Partition(model, engine, sampler, text, id), Encoders.row(schema(sampler.schema())));
  }

  private static int column(Dataset<Row> rows, String name, Set<DataType> types) {
    StructType schema = rows.schema();
    int column = schema.getFieldIndex(name).isDefined() ? schema.fieldIndex(name) : -1;
    if (column < 0 || !types.contains(schema.fields()[column].dataType())) {
      throw new UserException(
          "Column "
              + name
              + (column < 0
                  ? " is not there"
                  : " is of type " + schema.fields()[column].dataType().sql())
              + ": name one of "
              + (types.contains(DataTypes.StringType) ? "texts" : "whole numbers")
              + ", there are "
              + String.join(", ", schema.fieldNames()));
    }
    return column;
  }

  private static StructType schema(SampleSchema columns) {
    StructType schema = new StructType();
    for (SampleSchema.Column column : columns.columns()) {
      schema = schema.add(column.name(), SparkTypes.of(column.type()));
    }
    return schema;
  }

  private record Partition(
      Shared<BroadcastModel> model, EngineOptions engine, PromptSampler sampler, int text, int id)
      implements MapPartitionsFunction<Row, Row>, Serializable {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      return new RowsAhead<>(
          new MappedIterator<>(rows, this::numbered),
          prompt -> prompt.text() == null ? 0 : prompt.text().length(),
          () -> model.value().acquire(engine),
          (engine, some) ->
              sampler.rows(engine, some).stream().map(row -> RowFactory.create(row)).toList());
    }

    private Numbered numbered(Row row) {
      if (row.isNullAt(id)) {
        throw new OutputException(
            "A row has no id, and so no random stream: leave it out, or number it");
      }
      return new Numbered(
          ((Number) row.get(id)).longValue(), text < 0 ? null : row.getString(text));
    }
  }
}
