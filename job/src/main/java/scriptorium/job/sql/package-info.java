/**
 * GPT-2 in Spark SQL: {@code ScriptoriumExtensions} registers the functions, {@code SqlSettings}
 * reads what {@code spark.scriptorium.*} says, {@code ModelFunction} is what runs in tasks: by
 * {@code AheadProject} many rows at a time, by {@code ModelCall} row by row. Called by Spark.
 */
package scriptorium.job.sql;
