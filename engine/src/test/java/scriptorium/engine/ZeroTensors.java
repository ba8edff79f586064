package scriptorium.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.model.CanonicalTensors;
import scriptorium.engine.model.Gpt2Config;

/** The stream of a model of any shape, all of whose weights are zero. */
final class ZeroTensors {
  private ZeroTensors() {}

  /** What {@link Model#read} reads. */
  static byte[] stream(Gpt2Config config) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ModelStream.write(
        config,
        "zeros",
        TestModels.tiny().tokenizer(),
        CanonicalTensors.shapes(config).entrySet().stream()
            .map(tensor -> zeros(tensor.getKey(), tensor.getValue())),
        bytes);
    return bytes.toByteArray();
  }

  private static StoredTensor zeros(String name, long[] shape) {
    long elements = LongStream.of(shape).reduce(1, (a, b) -> a * b);
    byte[] data = new byte[Math.toIntExact(elements * DataType.F16.bytes())];
    return new StoredTensor(name, DataType.F16, shape, MemorySegment.ofArray(data));
  }
}
