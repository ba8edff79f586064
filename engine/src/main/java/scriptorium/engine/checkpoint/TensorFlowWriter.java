package scriptorium.engine.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.model.Gpt2Config;

/**
 * Writes OpenAI's layout: hparams.json, checkpoint, and a TensorFlow bundle of one data file, with
 * its variables sorted by name as TensorFlow sorts them. The graph, model.ckpt.meta, is not
 * written: OpenAI's code builds its own.
 */
final class TensorFlowWriter {
  private static final String PREFIX = "model.ckpt";

  private final Checkpoint checkpoint;
  private final Path folder;
  private final WeightsFormat format;

  TensorFlowWriter(Checkpoint checkpoint, Path folder, WeightsFormat format) {
    this.checkpoint = checkpoint;
    this.folder = folder;
    this.format = format;
  }

  void write() throws IOException {
    Gpt2Config config = checkpoint.config();
    if (config.layerNormEpsilon() != ConfigReader.DEFAULT_EPSILON) {
      throw new CheckpointException(
          "layer_norm_epsilon "
              + config.layerNormEpsilon()
              + " has no place in hparams.json, which stands for "
              + ConfigReader.DEFAULT_EPSILON
              + ": convert to safetensors");
    }
    if (config.layerScaledAttention()) {
      throw new CheckpointException(
          "scale_attn_by_inverse_layer_idx has no place in hparams.json: convert to safetensors");
    }
    if (!config.tiedHead() || config.mlpSize() != 4 * config.embeddingSize()) {
      throw new CheckpointException(
          "A head of its own, or n_inner "
              + config.mlpSize()
              + ", has no place in hparams.json: convert to safetensors");
    }
    writeText("hparams.json", hparams(config));
    writeText(
        "checkpoint",
        "model_checkpoint_path: \"%1$s\"\nall_model_checkpoint_paths: \"%1$s\"\n"
            .formatted(PREFIX));
    Map<String, StoredTensor> variables = new TreeMap<>(); // ASCII names: the order of their bytes
    for (String name : checkpoint.tensorNames()) {
      variables.put(variable(name), checkpoint.tensor(name));
    }
    SortedTableWriter index = new SortedTableWriter();
    index.add("", header());
    TensorCast cast = new TensorCast();
    try (SyncedFile data = new SyncedFile(folder.resolve(PREFIX + ".data-00000-of-00001"))) {
      long offset = 0;
      for (Map.Entry<String, StoredTensor> variable : variables.entrySet()) {
        StoredTensor tensor = variable.getValue();
        DataType type = format.typeOf(tensor.type());
        CRC32C checksum = new CRC32C();
        cast.write(
            tensor,
            type,
            piece -> {
              checksum.update(piece.duplicate());
              data.write(piece);
            });
        long size = TensorCast.bytes(tensor, type);
        int masked = SortedTable.masked((int) checksum.getValue());
        long[] shape = shape(variable.getKey(), tensor.shape());
        index.add(variable.getKey(), entry(type, shape, offset, size, masked));
        offset += size;
      }
      data.sync();
    }
    SyncedFile.write(folder.resolve(PREFIX + ".index"), index.finish());
  }

  private static String hparams(Gpt2Config config) {
    return """
    {
      "n_vocab": %d,
      "n_ctx": %d,
      "n_embd": %d,
      "n_head": %d,
      "n_layer": %d
    }
    """
        .formatted(
            config.vocabSize(),
            config.contextLength(),
            config.embeddingSize(),
            config.numHeads(),
            config.numLayers());
  }

  /** {@code h.0.attn.c_attn.weight} to {@code model/h0/attn/c_attn/w}. */
  private static String variable(String canonical) {
    String path = "model/" + canonical.replaceFirst("^h\\.", "h").replace('.', '/');
    String parent = path.substring(0, path.lastIndexOf('/'));
    if (canonical.endsWith(".bias")) {
      return parent + "/b";
    }
    if (canonical.startsWith("wte") || canonical.startsWith("wpe")) {
      return parent;
    }
    return parent + (canonical.contains("ln_") ? "/g" : "/w");
  }

  /** Matrices of linear layers are convolutions of width 1. */
  private static long[] shape(String variable, long[] shape) {
    return variable.endsWith("/w") ? new long[] {1, shape[0], shape[1]} : shape;
  }

  /** A BundleHeaderProto: one shard, little endian, version 1. */
  static byte[] header() {
    return new ProtoWriter().number(1, 1).message(3, new ProtoWriter().number(1, 1)).bytes();
  }

  /** A BundleEntryProto. */
  static byte[] entry(DataType type, long[] shape, long offset, long size, int checksum) {
    ProtoWriter dimensions = new ProtoWriter();
    for (long length : shape) {
      dimensions.message(2, new ProtoWriter().number(1, length));
    }
    int number =
        switch (type) {
          case F32 -> 1;
          case F16 -> 19;
          case BF16 -> 14;
        };
    return new ProtoWriter()
        .number(1, number)
        .message(2, dimensions)
        .number(4, offset)
        .number(5, size)
        .fixed(6, checksum)
        .bytes();
  }

  private void writeText(String name, String text) throws IOException {
    SyncedFile.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
  }
}
