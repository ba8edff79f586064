/**
 * The command line: a class a command, the flags that commands share, the dry run. The only package
 * that prints and that turns an exception into one line and an exit status. Called by Main; used by
 * one thread.
 */
package scriptorium.job.command;
