/**
 * What engines do, in Spark's metrics system: {@code ScriptoriumPlugin} registers gauges in each
 * executor and their sums in the driver. Loaded by Spark; {@code Sessions} names it. Thread-safe.
 */
package scriptorium.job.metrics;
