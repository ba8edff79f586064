/**
 * Options, presets and the resolved configuration of a run. Precedence: command line, then preset,
 * then default. Called by the commands; configurations are immutable records.
 */
package scriptorium.job.config;
