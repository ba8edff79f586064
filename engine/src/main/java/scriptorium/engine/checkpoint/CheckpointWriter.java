package scriptorium.engine.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** Writes checkpoints in either layout. Stateless, thread-safe. */
public final class CheckpointWriter {
  private CheckpointWriter() {}

  /**
   * Writes configuration, weights and tokenizer files into an empty folder, each synced.
   *
   * @param vocabulary content of encoder.json, alias vocab.json
   * @param merges content of vocab.bpe, alias merges.txt
   * @param endOfText id of the token that begins and ends texts
   * @throws CheckpointException where the layout or the element type cannot hold the model
   */
  public static void write(
      Checkpoint checkpoint,
      byte[] vocabulary,
      byte[] merges,
      int endOfText,
      WeightsFormat format,
      Path folder)
      throws IOException {
    boolean openAi = format.layout() == WeightsFormat.Layout.TENSORFLOW;
    SyncedFile.write(folder.resolve(openAi ? "encoder.json" : "vocab.json"), vocabulary);
    SyncedFile.write(folder.resolve(openAi ? "vocab.bpe" : "merges.txt"), merges);
    if (openAi) {
      new TensorFlowWriter(checkpoint, folder, format).write();
    } else {
      new SafetensorsWriter(checkpoint, folder, format).write(endOfText);
    }
  }
}
