// Dataset in, Dataset out, in spark-shell. The model's folder is spark.scriptorium.model.
import java.nio.file.Path
import scriptorium.engine.ModelFolder
import scriptorium.job.dataset.{DatasetGenerator, DatasetScorer}
import scriptorium.job.config.GenerateOptions
import scriptorium.job.row.{SamplingSetting, ScoreColumn}

val model = ModelFolder.open(Path.of(spark.conf.get("spark.scriptorium.model")))
val prompts = spark.range(20).selectExpr("id", "concat('On day ', id, ' of the') AS text")
val settings = new GenerateOptions
settings.set(SamplingSetting.TOP_K, 40)
settings.set(SamplingSetting.MAX_NEW_TOKENS, 16)
settings.set(SamplingSetting.SEED, 7L)
val samples = new DatasetGenerator(spark, model, settings).generate(prompts, "text", "id")
val columns = java.util.List.of(ScoreColumn.PERPLEXITY, ScoreColumn.FAST_DETECT_GPT)
val scored = new DatasetScorer(spark, model, columns).score(samples.select("id", "text"), "text")
scored.orderBy("id").show(5)
System.exit(0)
