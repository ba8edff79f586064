/**
 * Downloads of released models: a file in pieces, resumed after a cut and checked against what is
 * known of it; a folder of them, which becomes a model whole or not at all. Called by {@code model
 * fetch}.
 */
package scriptorium.job.models;
