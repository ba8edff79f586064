-- The functions, in spark-sql.
SET spark.scriptorium.topK=40;
SET spark.scriptorium.maxNewTokens=16;

CREATE TEMPORARY VIEW prompts AS SELECT id, concat('On day ', id, ' of the') AS text FROM range(5);

SELECT id, gpt2_log_likelihood(text) / gpt2_token_count(text) AS mean, gpt2_tokens(text) AS tokens
FROM prompts ORDER BY id;

SELECT id, gpt2_generate(text, id) AS sample FROM prompts ORDER BY id;
