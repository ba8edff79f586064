import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scriptorium.engine.ModelFolder;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.dataset.DatasetGenerator;
import scriptorium.job.dataset.DatasetScorer;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.row.ScoreColumn;

/** Dataset in, Dataset out. Argument: a model's folder. */
void main(String[] args) {
  SparkSession spark = SparkSession.builder().master("local[2]").getOrCreate();
  Dataset<Row> prompts =
      spark.range(20).selectExpr("id", "concat('On day ', id, ' of the') AS text");

  GenerateOptions settings = new GenerateOptions();
  settings.set(SamplingSetting.TOP_K, 40);
  settings.set(SamplingSetting.MAX_NEW_TOKENS, 16);
  settings.set(SamplingSetting.SEED, 7L);
  try (ModelFolder model = ModelFolder.open(Path.of(args[0]))) {
    Dataset<Row> samples =
        new DatasetGenerator(spark, model, settings).generate(prompts, "text", "id");
    Dataset<Row> scored =
        new DatasetScorer(
                spark, model, List.of(ScoreColumn.PERPLEXITY, ScoreColumn.FAST_DETECT_GPT))
            .score(samples.select("id", "text"), "text");
    scored.orderBy("id").show(5);
  }
  spark.stop();
}
