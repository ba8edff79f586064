/**
 * What travels between driver and executors: {@code Shared} and {@code Parcels} carry any
 * serializable value whatever {@code spark.serializer} is; {@code BroadcastModel} streams a model
 * folder from the driver into each executor's off-heap memory, {@code ExecutorModel} keeps one
 * model and one engine a JVM. Called by the job's driver and tasks; thread-safe.
 */
package scriptorium.job.broadcast;
