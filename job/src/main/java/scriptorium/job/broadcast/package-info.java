/**
 * The way of the weights: {@code BroadcastModel} streams a model folder from the driver into each
 * executor's off-heap memory, {@code ExecutorModel} keeps one model and one engine a JVM. Called by
 * the job's driver and tasks; thread-safe.
 */
package scriptorium.job.broadcast;
