package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
  private static final String EMBEDDING = "wte.weight";
  private static final String HEAD = "lm_head.weight";
  private static final String ATTENTION_INPUT = "attn.c_attn";
  private static final String ATTENTION_OUTPUT = "attn.c_proj";
  private static final String MLP_UP = "mlp.c_fc";
  private static final String MLP_DOWN = "mlp.c_proj";
  private static final String WEIGHT = ".weight";

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
    Source tensors = new Source(source, offHeap, workers);
    int size = config.embeddingSize();
    wte = tensors.transposed(EMBEDDING, config.vocabSize(), size);
    wpe = Vectors.copy(tensors.tensor("wpe.weight", config.contextLength(), size), offHeap);
    layers =
        IntStream.range(0, config.numLayers())
            .mapToObj(layer -> layer(prefix(layer), config, tensors))
            .toList();
    lnFWeight = tensors.vector("ln_f.weight", size);
    lnFBias = tensors.vector("ln_f.bias", size);
    head = config.tiedHead() ? wte : tensors.transposed(HEAD, config.vocabSize(), size);
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
    bytes += PackedLinear.bytes(types.apply(EMBEDDING), size, config.vocabSize(), false);
    if (!config.tiedHead()) {
      bytes += PackedLinear.bytes(types.apply(HEAD), size, config.vocabSize(), false);
    }
    for (int layer = 0; layer < config.numLayers(); layer++) {
      String prefix = prefix(layer);
      bytes +=
          PackedLinear.bytes(types.apply(prefix + ATTENTION_INPUT + WEIGHT), size, 3 * size, true)
              + PackedLinear.bytes(
                  types.apply(prefix + ATTENTION_OUTPUT + WEIGHT), size, size, true)
              + PackedLinear.bytes(types.apply(prefix + MLP_UP + WEIGHT), size, hidden, true)
              + PackedLinear.bytes(types.apply(prefix + MLP_DOWN + WEIGHT), hidden, size, true);
    }
    return bytes;
  }

  private static String prefix(int layer) {
    return "h." + layer + ".";
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

  private static Layer layer(String prefix, Gpt2Config config, Source tensors) {
    int size = config.embeddingSize();
    return new Layer(
        tensors.vector(prefix + "ln_1.weight", size),
        tensors.vector(prefix + "ln_1.bias", size),
        tensors.linear(prefix + ATTENTION_INPUT, size, 3 * size),
        tensors.linear(prefix + ATTENTION_OUTPUT, size, size),
        tensors.vector(prefix + "ln_2.weight", size),
        tensors.vector(prefix + "ln_2.bias", size),
        tensors.linear(prefix + MLP_UP, size, config.mlpSize()),
        tensors.linear(prefix + MLP_DOWN, config.mlpSize(), size));
  }

  /**
   * Where the tensors come from and go to; kernels rely on the shapes, so that they are checked.
   */
  private record Source(
      Function<String, StoredTensor> stored, OffHeap offHeap, WorkerGroup workers) {
    StoredTensor tensor(String name, long... shape) {
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

    MemorySegment vector(String name, long size) {
      return Vectors.copy(tensor(name, size), offHeap);
    }

    PackedLinear linear(String name, long depth, long columns) {
      StoredTensor weight = tensor(name + WEIGHT, depth, columns);
      return PackedLinear.of(weight, tensor(name + ".bias", columns), offHeap, workers);
    }

    PackedLinear transposed(String name, long columns, long depth) {
      return PackedLinear.ofTransposed(tensor(name, columns, depth), offHeap, workers);
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
