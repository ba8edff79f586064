"""The functions, in PySpark."""
from pyspark.sql import SparkSession
from pyspark.sql.functions import call_function, col, concat, lit

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.scriptorium.topK", "40")
spark.conf.set("spark.scriptorium.maxNewTokens", "16")

prompts = spark.range(5).select("id", concat(lit("On day "), col("id"), lit(" of the")).alias("text"))
samples = prompts.select("id", call_function("gpt2_generate", col("text"), col("id")).alias("text"))
scored = samples.select("*", call_function("gpt2_log_likelihood", col("text")).alias("log_likelihood"))
for row in scored.orderBy("id").collect():
    print(row.id, row.log_likelihood, row.text)
