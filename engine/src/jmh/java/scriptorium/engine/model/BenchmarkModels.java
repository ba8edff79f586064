package scriptorium.engine.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.SplittableRandom;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.memory.StoredTensor;

/** Weights of the released shapes, random, as GPT-2 initialises them: no files are needed. */
final class BenchmarkModels {
  /** Layers, width and heads by name. */
  private static final Map<String, int[]> SHAPES =
      Map.of(
          "124M", new int[] {12, 768, 12},
          "355M", new int[] {24, 1024, 16},
          "774M", new int[] {36, 1280, 20},
          "1558M", new int[] {48, 1600, 25});

  private BenchmarkModels() {}

  /** The shape of a released model, with so many of its layers (0 for all). */
  static Gpt2Config config(String name, int layers) {
    int[] shape = SHAPES.get(name);
    return new Gpt2Config(50257, 1024, shape[1], layers == 0 ? shape[0] : layers, shape[2], 1e-5f);
  }

  /** Random weights, packed. */
  static Gpt2Weights weights(Gpt2Config config, OffHeap offHeap, WorkerGroup workers) {
    try (Arena arena = Arena.ofShared()) {
      return Gpt2Weights.pack(config, name -> tensor(config, name, arena), offHeap, workers);
    }
  }

  /** Overwrites floats with values of about standard deviation 0.02 times a scale. */
  static void fill(MemorySegment memory, float scale, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < memory.byteSize() / Float.BYTES; i++) {
      float x = (random.nextInt() >> 8) * 0x1p-23f; // uniform in -1..1: deviation 0.58
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.035f * scale * x);
    }
  }

  private static StoredTensor tensor(Gpt2Config config, String name, Arena arena) {
    int size = config.embeddingSize();
    long[] shape =
        switch (name.replaceAll("^h\\.[0-9]+\\.", "")) {
          case "wte.weight" -> new long[] {config.vocabSize(), size};
          case "wpe.weight" -> new long[] {config.contextLength(), size};
          case "attn.c_attn.weight" -> new long[] {size, 3L * size};
          case "attn.c_attn.bias" -> new long[] {3L * size};
          case "attn.c_proj.weight" -> new long[] {size, size};
          case "mlp.c_fc.weight" -> new long[] {size, 4L * size};
          case "mlp.c_fc.bias" -> new long[] {4L * size};
          case "mlp.c_proj.weight" -> new long[] {4L * size, size};
          default -> new long[] {size};
        };
    long elements = shape.length == 1 ? shape[0] : shape[0] * shape[1];
    MemorySegment data = arena.allocate(elements * Float.BYTES, 64);
    fill(data, 1, name.hashCode());
    return new StoredTensor(name, DataType.F32, shape, data);
  }
}
