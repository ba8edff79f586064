/**
 * Values of typed files in JSON, for all formats that have types: one kind of value has one form.
 * Called by the packages of these formats; stateless and thread-safe.
 */
package scriptorium.job.value;
