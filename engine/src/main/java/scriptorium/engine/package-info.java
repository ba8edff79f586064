/**
 * The facade of the engine: a checked model folder ({@code ModelFolder}), a loaded model ({@code
 * Model}) and the engine that runs it ({@code Engine}). Called by the Spark job and by anybody who
 * uses the engine as a library. Thread-safe.
 */
package scriptorium.engine;
