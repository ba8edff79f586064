package scriptorium.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.TestModels;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.model.CanonicalTensors;
import scriptorium.engine.model.Gpt2Config;

/**
 * Models of any shape against GPT-2 as it is defined, in float64: kernels that read and write
 * without bounds checks must find room whatever the sizes are to each other.
 */
class ShapesTest {
  @TempDir Path folder;

  private static final int[] HEAD_SIZES = {1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 40};
  private static final int[] CONTEXTS = {2, 3, 17, 33, 40, 70};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void scoresEqualTheDefinition(int seed) throws Exception {
    Random random = new Random(seed);
    int heads = 1 + random.nextInt(4);
    int size = heads * HEAD_SIZES[random.nextInt(HEAD_SIZES.length)];
    Gpt2Config config =
        new Gpt2Config(
            304 + random.nextInt(60),
            CONTEXTS[random.nextInt(CONTEXTS.length)],
            size,
            1 + random.nextInt(3),
            heads,
            1e-5f,
            1 + random.nextInt(random.nextBoolean() ? 20 : 6 * size),
            random.nextBoolean(),
            random.nextBoolean());
    Map<String, float[]> tensors = write(config, random);
    List<TokenWindow> windows = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int length = 2 + random.nextInt(config.contextLength());
      int[] tokens = random.ints(length, 0, config.vocabSize()).toArray();
      windows.add(new TokenWindow(i, tokens, 1));
    }
    int slots = 1 + random.nextInt(5);
    EngineOptions options =
        new EngineOptions(1 + random.nextInt(3), slots, 0, slots + random.nextInt(64));
    Score[] scores = new Score[windows.size()];
    try (ModelFolder opened = ModelFolder.open(folder);
        Model model = Model.load(opened);
        Engine engine = new Engine(model, options)) {
      engine.score(windows.iterator(), false, score -> scores[(int) score.id()] = score);
    }
    Reference reference = new Reference(config, tensors);
    for (TokenWindow window : windows) {
      double[] expected = reference.logLikelihoods(window.tokens());
      double[] found = scores[(int) window.id()].tokenLogLikelihoods();
      assertEquals(expected.length, found.length);
      for (int t = 0; t < expected.length; t++) {
        double rounding = 1e-4 * Math.max(1, Math.abs(expected[t]));
        assertEquals(expected[t], found[t], rounding, config + " position " + t);
      }
    }
  }

  /** Writes a model of random weights and gives them by name. */
  private Map<String, float[]> write(Gpt2Config config, Random random) throws IOException {
    Path tokenizer = Path.of("engine/src/test/resources/checkpoints/finetuned/tokenizer.json");
    Files.copy(TestModels.home().resolve(tokenizer), folder.resolve("tokenizer.json"));
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"vocab_size": %d, "n_positions": %d, "n_embd": %d, "n_layer": %d, "n_head": %d,
         "n_inner": %d, "tie_word_embeddings": %b, "scale_attn_by_inverse_layer_idx": %b}
        """
            .formatted(
                config.vocabSize(),
                config.contextLength(),
                config.embeddingSize(),
                config.numLayers(),
                config.numHeads(),
                config.mlpSize(),
                config.tiedHead(),
                config.layerScaledAttention()));
    Map<String, long[]> shapes = CanonicalTensors.shapes(config);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
      long[] shape = tensor.getValue();
      boolean vector = shape.length == 1;
      float[] values = new float[(int) (vector ? shape[0] : shape[0] * shape[1])];
      ByteBuffer bytes =
          ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      double mean = vector && tensor.getKey().endsWith(".weight") ? 1 : 0;
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian(mean, vector ? 0.1 : 0.3);
        bytes.putFloat(values[i]);
      }
      tensors.put(tensor.getKey(), values);
      data.writeBytes(bytes.array());
    }
    byte[] header = TinyCheckpoint.header(shapes).getBytes(StandardCharsets.UTF_8);
    Files.write(
        folder.resolve("model.safetensors"),
        TinyCheckpoint.safetensors(header, data.toByteArray()));
    return tensors;
  }

  /** GPT-2's forward pass (Radford et al. 2019), position by position, in float64. */
  private record Reference(Gpt2Config config, Map<String, float[]> tensors) {
    double[] logLikelihoods(int[] tokens) {
      int size = config.embeddingSize();
      double[][] x = new double[tokens.length - 1][size];
      for (int t = 0; t < x.length; t++) {
        for (int c = 0; c < size; c++) {
          x[t][c] = at("wte.weight", tokens[t] * size + c) + at("wpe.weight", t * size + c);
        }
      }
      for (int layer = 0; layer < config.numLayers(); layer++) {
        block(x, layer);
      }
      double[] logLikelihoods = new double[x.length];
      String head = config.tiedHead() ? "wte.weight" : "lm_head.weight";
      for (int t = 0; t < x.length; t++) {
        double[] last = norm(x[t], "ln_f");
        double[] logits = new double[config.vocabSize()];
        double sum = 0;
        for (int v = 0; v < logits.length; v++) {
          for (int c = 0; c < size; c++) {
            logits[v] += last[c] * at(head, v * size + c);
          }
          sum += Math.exp(logits[v]);
        }
        logLikelihoods[t] = logits[tokens[t + 1]] - Math.log(sum);
      }
      return logLikelihoods;
    }

    private void block(double[][] x, int layer) {
      String prefix = "h." + layer + ".";
      int size = config.embeddingSize();
      double[][] wide = new double[x.length][];
      for (int t = 0; t < x.length; t++) {
        wide[t] = linear(norm(x[t], prefix + "ln_1"), prefix + "attn.c_attn", 3 * size);
      }
      for (int t = 0; t < x.length; t++) {
        double[] attended = new double[size];
        for (int head = 0; head < config.numHeads(); head++) {
          attend(wide, t, layer, head * config.headSize(), attended);
        }
        add(x[t], linear(attended, prefix + "attn.c_proj", size));
        double[] hidden =
            linear(norm(x[t], prefix + "ln_2"), prefix + "mlp.c_fc", config.mlpSize());
        for (int i = 0; i < hidden.length; i++) {
          double u = Math.sqrt(2 / Math.PI) * (hidden[i] + 0.044715 * Math.pow(hidden[i], 3));
          hidden[i] *= (1 + Math.tanh(u)) / 2;
        }
        add(x[t], linear(hidden, prefix + "mlp.c_proj", size));
      }
    }

    private void attend(double[][] wide, int t, int layer, int from, double[] out) {
      int size = config.embeddingSize();
      double divisor =
          Math.sqrt(config.headSize()) * (config.layerScaledAttention() ? layer + 1 : 1);
      double[] weights = new double[t + 1];
      double sum = 0;
      for (int s = 0; s <= t; s++) {
        for (int d = from; d < from + config.headSize(); d++) {
          weights[s] += wide[t][d] * wide[s][size + d];
        }
        weights[s] = Math.exp(weights[s] / divisor);
        sum += weights[s];
      }
      for (int s = 0; s <= t; s++) {
        for (int d = from; d < from + config.headSize(); d++) {
          out[d] += weights[s] / sum * wide[s][2 * size + d];
        }
      }
    }

    private double[] norm(double[] x, String name) {
      double mean = 0;
      double variance = 0;
      for (double value : x) {
        mean += value / x.length;
      }
      for (double value : x) {
        variance += (value - mean) * (value - mean) / x.length;
      }
      double[] out = new double[x.length];
      for (int c = 0; c < x.length; c++) {
        double scaled = (x[c] - mean) / Math.sqrt(variance + config.layerNormEpsilon());
        out[c] = scaled * at(name + ".weight", c) + at(name + ".bias", c);
      }
      return out;
    }

    private double[] linear(double[] x, String name, int columns) {
      double[] out = new double[columns];
      for (int j = 0; j < columns; j++) {
        out[j] = at(name + ".bias", j);
        for (int i = 0; i < x.length; i++) {
          out[j] += x[i] * at(name + ".weight", i * columns + j);
        }
      }
      return out;
    }

    private static void add(double[] x, double[] more) {
      for (int c = 0; c < x.length; c++) {
        x[c] += more[c];
      }
    }

    private double at(String name, int index) {
      return tensors.get(name)[index];
    }
  }
}
