"""Scores JSON files as they arrive. Arguments: the folder they arrive in, one for the scores, one for the checkpoint."""
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import call_function, col

arriving, scores, checkpoint = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
texts = spark.readStream.schema("id long, text string").json(arriving)
query = (
    texts.withColumn("log_likelihood", call_function("gpt2_log_likelihood", col("text")))
    .writeStream.format("json")
    .option("checkpointLocation", checkpoint)
    .trigger(availableNow=True)  # what is there now; leave it out to go on for ever
    .start(scores)
)
query.awaitTermination()
