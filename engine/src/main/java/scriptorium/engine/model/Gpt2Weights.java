package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.kernel.WeightPanels;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.NativeFloats;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.memory.StoredTensor;

/**
 * The weights of a model, packed for the kernels: matrices in the type of the checkpoint, vectors
 * and positions in f32; immutable, shared by all threads. The memory belongs to the {@link OffHeap}
 * that was given. The token embedding is kept as panels of a language-model head, once where the
 * head is tied to it.
 */
public final class Gpt2Weights {
  private final Gpt2Config config;
  final PackedLinear wte;
  final MemorySegment wpe;
  final List<Layer> layers;
  final MemorySegment lnFWeight;
  final MemorySegment lnFBias;
  final PackedLinear head;

  /** The weights of one transformer block; layer norms (C), matrices as named in GPT-2. */
  record Layer(
      MemorySegment ln1Weight,
      MemorySegment ln1Bias,
      PackedLinear attnQkv,
      PackedLinear attnProj,
      MemorySegment ln2Weight,
      MemorySegment ln2Bias,
      PackedLinear mlpFc,
      PackedLinear mlpProj) {}

  private Gpt2Weights(
      Gpt2Config config,
      Function<String, StoredTensor> source,
      OffHeap offHeap,
      WorkerGroup workers) {
    this.config = config;
    Source tensors = new Source(CanonicalTensors.shapes(config), source, offHeap, workers);
    wte = tensors.transposed(CanonicalTensors.EMBEDDING);
    wpe = tensors.copy(CanonicalTensors.POSITIONS);
    layers =
        IntStream.range(0, config.numLayers()).mapToObj(layer -> layer(layer, tensors)).toList();
    lnFWeight = tensors.copy(CanonicalTensors.weight(CanonicalTensors.LAST_NORM));
    lnFBias = tensors.copy(CanonicalTensors.bias(CanonicalTensors.LAST_NORM));
    head = config.tiedHead() ? wte : tensors.transposed(CanonicalTensors.HEAD);
  }

  /**
   * Packs the tensors of a checkpoint, asked for once each in the canonical order, so that a source
   * may be a stream.
   *
   * @param source from canonical name to tensor
   * @param offHeap where the packed weights go; closed by its owner, also if this fails
   * @param workers who packs
   * @throws IllegalArgumentException for a tensor of another shape than the configuration's
   */
  public static Gpt2Weights pack(
      Gpt2Config config,
      Function<String, StoredTensor> source,
      OffHeap offHeap,
      WorkerGroup workers) {
    return new Gpt2Weights(config, source, offHeap, workers);
  }

  /**
   * Bytes off the heap that packed weights take.
   *
   * @param types element type of a matrix by its canonical name
   */
  public static long bytes(Gpt2Config config, Function<String, DataType> types) {
    int size = config.embeddingSize();
    int hidden = config.mlpSize();
    long vector = (long) size * Float.BYTES;
    long bytes = (config.contextLength() + 2 + 4L * config.numLayers()) * vector;
    bytes += bytes(types, CanonicalTensors.EMBEDDING, size, config.vocabSize(), false);
    if (!config.tiedHead()) {
      bytes += bytes(types, CanonicalTensors.HEAD, size, config.vocabSize(), false);
    }
    for (int layer = 0; layer < config.numLayers(); layer++) {
      bytes +=
          bytes(types, matrix(layer, CanonicalTensors.ATTENTION_INPUT), size, 3 * size, true)
              + bytes(types, matrix(layer, CanonicalTensors.ATTENTION_OUTPUT), size, size, true)
              + bytes(types, matrix(layer, CanonicalTensors.MLP_UP), size, hidden, true)
              + bytes(types, matrix(layer, CanonicalTensors.MLP_DOWN), hidden, size, true);
    }
    return bytes;
  }

  private static String matrix(int layer, String part) {
    return CanonicalTensors.weight(CanonicalTensors.inLayer(layer, part));
  }

  private static long bytes(
      Function<String, DataType> types, String matrix, int depth, int columns, boolean bias) {
    return PackedLinear.bytes(types.apply(matrix), depth, columns, bias);
  }

  /** Shape of the model. */
  public Gpt2Config config() {
    return config;
  }

  /** Names of the element types of the matrices, such as "f16"; several with "+" between. */
  public String types() {
    return Stream.concat(
            Stream.of(wte, head),
            layers.stream()
                .flatMap(l -> Stream.of(l.attnQkv(), l.attnProj(), l.mlpFc(), l.mlpProj())))
        .map(matrix -> matrix.panels().type().name().toLowerCase(Locale.ROOT))
        .distinct()
        .collect(Collectors.joining("+"));
  }

  /** Asks for the tensors in the canonical order. */
  private static Layer layer(int layer, Source tensors) {
    String attentionNorm = CanonicalTensors.inLayer(layer, CanonicalTensors.ATTENTION_NORM);
    String mlpNorm = CanonicalTensors.inLayer(layer, CanonicalTensors.MLP_NORM);
    return new Layer(
        tensors.copy(CanonicalTensors.weight(attentionNorm)),
        tensors.copy(CanonicalTensors.bias(attentionNorm)),
        tensors.linear(CanonicalTensors.inLayer(layer, CanonicalTensors.ATTENTION_INPUT)),
        tensors.linear(CanonicalTensors.inLayer(layer, CanonicalTensors.ATTENTION_OUTPUT)),
        tensors.copy(CanonicalTensors.weight(mlpNorm)),
        tensors.copy(CanonicalTensors.bias(mlpNorm)),
        tensors.linear(CanonicalTensors.inLayer(layer, CanonicalTensors.MLP_UP)),
        tensors.linear(CanonicalTensors.inLayer(layer, CanonicalTensors.MLP_DOWN)));
  }

  /**
   * Where the tensors come from and go to; kernels rely on the shapes, so that they are checked.
   */
  private record Source(
      Map<String, long[]> shapes,
      Function<String, StoredTensor> stored,
      OffHeap offHeap,
      WorkerGroup workers) {
    private StoredTensor tensor(String name) {
      long[] shape = shapes.get(name);
      StoredTensor tensor = stored.apply(name);
      if (!Arrays.equals(tensor.shape(), shape)) {
        throw new IllegalArgumentException(
            "Tensor "
                + name
                + " has shape "
                + Arrays.toString(tensor.shape())
                + " where the configuration asks for "
                + Arrays.toString(shape)
                + ": take weights and configuration from one model");
      }
      return tensor;
    }

    /** As f32, in its own order. */
    MemorySegment copy(String name) {
      return Vectors.copy(tensor(name), offHeap);
    }

    PackedLinear linear(String name) {
      StoredTensor weight = tensor(CanonicalTensors.weight(name));
      return PackedLinear.of(weight, tensor(CanonicalTensors.bias(name)), offHeap, workers);
    }

    PackedLinear transposed(String name) {
      return PackedLinear.ofTransposed(tensor(name), offHeap, workers);
    }
  }

  /** {@code out[c] = wte[token][c] + wpe[position][c]} for one row of the residual stream. */
  void embed(int token, int position, MemorySegment out, long outOffset) {
    int size = config.embeddingSize();
    WeightPanels panels = wte.panels();
    long from = wte.index(0, token);
    long place = wpe.address() + (long) position * size * Float.BYTES;
    long to = out.address() + outOffset * Float.BYTES;
    for (int c = 0; c < size; c++) {
      float embedding = panels.get(from + (long) c * Kernels.LANES);
      float where = NativeFloats.ALL.get(ValueLayout.JAVA_FLOAT, place + (long) c * Float.BYTES);
      NativeFloats.ALL.set(ValueLayout.JAVA_FLOAT, to + (long) c * Float.BYTES, embedding + where);
    }
  }
}
