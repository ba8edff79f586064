/**
 * The Spark job and its command line: {@code Main} and its commands, and {@code GenerateDatasetJob}
 * and {@code ScoreDatasetJob}, whose {@code execute()} returns a typed result; {@code
 * DatasetGenerator} and {@code DatasetScorer}, from one Dataset to another. Called by the launcher,
 * by spark-submit and by library users. Jobs are run one at a time in a driver.
 */
package scriptorium.job;
