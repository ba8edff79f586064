/**
 * The facade of the engine: a checked model folder ({@code ModelFolder}), a loaded model ({@code
 * Model}), the engine that runs it ({@code Engine}), and likelihoods of texts of any length by it
 * ({@code Scorer}). Called by the Spark job and by anybody who uses the engine as a library.
 * Thread-safe.
 */
package scriptorium.engine;
