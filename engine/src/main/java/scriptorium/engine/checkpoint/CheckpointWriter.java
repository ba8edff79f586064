package scriptorium.engine.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Writes checkpoints in either layout. Stateless, thread-safe. */
public final class CheckpointWriter {
  private CheckpointWriter() {}

  /**
   * Writes configuration, weights and tokenizer files into an empty folder, each synced.
   *
   * @param tokenizer content of the vocabulary and the merges, or of tokenizer.json
   * @param endOfText id of the token that begins and ends texts
   * @throws CheckpointException where the layout or the element type cannot hold the model
   * @throws IOException where a file cannot be written
   */
  public static void write(
      Checkpoint checkpoint,
      List<byte[]> tokenizer,
      int endOfText,
      WeightsFormat format,
      Path folder)
      throws IOException {
    boolean openAi = format.layout() == WeightsFormat.Layout.TENSORFLOW;
    if (tokenizer.size() == 2) {
      String vocabulary = openAi ? "encoder.json" : "vocab.json";
      SyncedFile.write(folder.resolve(vocabulary), tokenizer.getFirst());
      SyncedFile.write(folder.resolve(openAi ? "vocab.bpe" : "merges.txt"), tokenizer.getLast());
    } else if (openAi) {
      throw new CheckpointException(
          "tokenizer.json has no place in OpenAI's layout: convert to safetensors");
    } else {
      SyncedFile.write(folder.resolve("tokenizer.json"), tokenizer.getFirst());
    }
    if (openAi) {
      new TensorFlowWriter(checkpoint, folder, format).write();
    } else {
      new SafetensorsWriter(checkpoint, folder, format).write(endOfText);
    }
  }
}
