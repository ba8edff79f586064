/**
 * What a row is: the schemas of generated, scored and corpus rows, the score columns, the settings
 * that are columns of prompts, and the writers that make bytes of rows. Schemas and rows are
 * immutable; a writer is used by one thread.
 */
package scriptorium.job.row;
