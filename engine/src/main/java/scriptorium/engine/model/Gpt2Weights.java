package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.NativeFloats;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.memory.StoredTensor;

/**
 * The weights of a model in f32, packed for the kernels; immutable, shared by all threads. The
 * memory belongs to the {@link OffHeap} that was given. The token embedding is kept as panels of a
 * language-model head, once where the head is tied to it.
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
    wte = PackedLinear.ofTransposed(source.apply("wte.weight"), offHeap, workers);
    wpe = Vectors.copy(source.apply("wpe.weight"), offHeap);
    layers =
        IntStream.range(0, config.numLayers())
            .mapToObj(layer -> layer("h." + layer + ".", source, offHeap, workers))
            .toList();
    lnFWeight = Vectors.copy(source.apply("ln_f.weight"), offHeap);
    lnFBias = Vectors.copy(source.apply("ln_f.bias"), offHeap);
    head =
        config.tiedHead()
            ? wte
            : PackedLinear.ofTransposed(source.apply("lm_head.weight"), offHeap, workers);
  }

  /**
   * Packs the tensors of a checkpoint, asked for once each in the canonical order, so that a source
   * may be a stream.
   *
   * @param source from canonical name to tensor, shapes already asserted
   * @param offHeap where the packed weights go
   * @param workers who packs
   */
  public static Gpt2Weights pack(
      Gpt2Config config,
      Function<String, StoredTensor> source,
      OffHeap offHeap,
      WorkerGroup workers) {
    return new Gpt2Weights(config, source, offHeap, workers);
  }

  /** Bytes off the heap that packed weights take. */
  public static long bytes(Gpt2Config config) {
    int size = config.embeddingSize();
    long vector = (long) size * Float.BYTES;
    long layer =
        4 * vector
            + PackedLinear.bytes(size, 3 * size, true)
            + PackedLinear.bytes(size, size, true)
            + PackedLinear.bytes(size, config.mlpSize(), true)
            + PackedLinear.bytes(config.mlpSize(), size, true);
    long embedding = PackedLinear.bytes(size, config.vocabSize(), false);
    return (config.tiedHead() ? 1 : 2) * embedding
        + (config.contextLength() + 2) * vector
        + config.numLayers() * layer;
  }

  /** Shape of the model. */
  public Gpt2Config config() {
    return config;
  }

  private static Layer layer(
      String prefix, Function<String, StoredTensor> source, OffHeap offHeap, WorkerGroup workers) {
    return new Layer(
        Vectors.copy(source.apply(prefix + "ln_1.weight"), offHeap),
        Vectors.copy(source.apply(prefix + "ln_1.bias"), offHeap),
        linear(prefix + "attn.c_attn", source, offHeap, workers),
        linear(prefix + "attn.c_proj", source, offHeap, workers),
        Vectors.copy(source.apply(prefix + "ln_2.weight"), offHeap),
        Vectors.copy(source.apply(prefix + "ln_2.bias"), offHeap),
        linear(prefix + "mlp.c_fc", source, offHeap, workers),
        linear(prefix + "mlp.c_proj", source, offHeap, workers));
  }

  private static PackedLinear linear(
      String name, Function<String, StoredTensor> source, OffHeap offHeap, WorkerGroup workers) {
    StoredTensor weight = source.apply(name + ".weight");
    return PackedLinear.of(weight, source.apply(name + ".bias"), offHeap, workers);
  }

  /** {@code out[c] = wte[token][c] + wpe[position][c]} for one row of the residual stream. */
  void embed(int token, int position, MemorySegment out, long outOffset) {
    int size = config.embeddingSize();
    long from = wte.panels().address() + wte.index(0, token) * Float.BYTES;
    long place = wpe.address() + (long) position * size * Float.BYTES;
    long to = out.address() + outOffset * Float.BYTES;
    for (int c = 0; c < size; c++) {
      float embedding =
          NativeFloats.ALL.get(
              ValueLayout.JAVA_FLOAT, from + (long) c * Kernels.LANES * Float.BYTES);
      float where = NativeFloats.ALL.get(ValueLayout.JAVA_FLOAT, place + (long) c * Float.BYTES);
      NativeFloats.ALL.set(ValueLayout.JAVA_FLOAT, to + (long) c * Float.BYTES, embedding + where);
    }
  }
}
