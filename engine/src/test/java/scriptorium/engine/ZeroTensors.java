package scriptorium.engine;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import scriptorium.engine.checkpoint.CanonicalTensors;
import scriptorium.engine.model.Gpt2Config;

/** The stream of a model of any shape, all of whose weights are zero. */
final class ZeroTensors {
  private ZeroTensors() {}

  /** What {@link Model#read} reads. */
  static byte[] stream(Gpt2Config config) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(bytes);
    data.writeLong(Model.MAGIC);
    data.writeInt(config.vocabSize());
    data.writeInt(config.contextLength());
    data.writeInt(config.embeddingSize());
    data.writeInt(config.numLayers());
    data.writeInt(config.numHeads());
    data.writeFloat(config.layerNormEpsilon());
    data.writeInt(config.mlpSize());
    data.writeBoolean(config.tiedHead());
    data.writeBoolean(config.layerScaledAttention());
    data.writeUTF("zeros");
    List<byte[]> files = TestModels.tiny().tokenizer().files();
    data.writeInt(files.size());
    for (byte[] file : files) {
      data.writeInt(file.length);
      data.write(file);
    }
    data.writeInt(50_256);
    for (Map.Entry<String, long[]> tensor : CanonicalTensors.shapes(config).entrySet()) {
      data.writeUTF(tensor.getKey());
      data.writeUTF("F16");
      data.writeInt(tensor.getValue().length);
      long elements = 1;
      for (long size : tensor.getValue()) {
        data.writeLong(size);
        elements *= size;
      }
      data.write(new byte[Math.toIntExact(2 * elements)]);
    }
    return bytes.toByteArray();
  }
}
