/**
 * Readers of checkpoints: safetensors with config.json, OpenAI's TensorFlow checkpoints with
 * hparams.json, and GGUF files; writers of the first two. Files that are read are taken as hostile:
 * every length is checked against the file before it is used. Called by the facade. Opened
 * checkpoints are thread-safe.
 */
package scriptorium.engine.checkpoint;
