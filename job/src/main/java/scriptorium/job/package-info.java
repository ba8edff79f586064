/**
 * The Spark job: {@code Main} alone, which starts the command line in {@code job.command}. Library
 * users begin at {@code job.dataset} or {@code job.sql}, and at {@code GenerateWork} and {@code
 * ScoreWork} of {@code job.run}. Runs are made one at a time in a driver.
 */
package scriptorium.job;
