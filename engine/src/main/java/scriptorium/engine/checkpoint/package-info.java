/**
 * Readers and writers of checkpoint folders: safetensors with config.json, and OpenAI's TensorFlow
 * checkpoints with hparams.json. Files that are read are taken as hostile: every length is checked
 * against the file before it is used. Called by the facade. Opened checkpoints are thread-safe.
 */
package scriptorium.engine.checkpoint;
