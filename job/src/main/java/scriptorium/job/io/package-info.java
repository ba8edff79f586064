/**
 * What a data set looks like on a file system: rows and their JSONL and Parquet writers, shards
 * that are there whole or not at all, the manifest, the cards; and what is read: prompts, and texts
 * to be scored, numbered through over all their files. Called by the job. Stores may be used by
 * several tasks at once; writers belong to one.
 */
package scriptorium.job.io;
