/**
 * The shards of a data set and what describes them: which shards are missing, shards written and
 * read again, files held against the manifest, merged files, data set cards. Called by drivers and
 * tasks; stateless but for the readers, which are used by one thread.
 */
package scriptorium.job.output;
