package scriptorium.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scriptorium.engine.Model;
import scriptorium.engine.TestModels;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.CachedSequence;
import scriptorium.engine.model.Gpt2Model;
import scriptorium.engine.model.KvCache;
import scriptorium.engine.model.StepBatch;
import scriptorium.engine.model.WorkerGroup;

/** The sampler's tokens and the bits of their likelihoods against the plain definition. */
class SamplerBitsTest {
  private static final int VOCABULARY = 50257;
  private static final Kernels KERNELS = KernelProvider.kernels();

  /** How the logits of a row lie; {@code logit} is that of the token with this rank. */
  private enum Kind {
    FLAT {
      @Override
      float logit(int rank, Random random) {
        return (float) random.nextGaussian() * 0.5f;
      }
    },
    WIDE {
      @Override
      float logit(int rank, Random random) {
        return (float) random.nextGaussian() * 3;
      }
    },
    POWER_LAW {
      @Override
      float logit(int rank, Random random) {
        return (float) (-1.1 * Math.log(1 + rank) + 0.3 * random.nextGaussian()) - 40;
      }
    },
    PEAKED {
      @Override
      float logit(int rank, Random random) {
        return (float) random.nextGaussian() * 1.5f + (rank < 20 ? 12 : 0) - 90;
      }
    },
    CERTAIN {
      @Override
      float logit(int rank, Random random) {
        return rank == 0 ? 60 : (float) random.nextGaussian();
      }
    },
    EQUAL {
      @Override
      float logit(int rank, Random random) {
        return 3;
      }
    },
    TIES {
      @Override
      float logit(int rank, Random random) {
        return random.nextInt(6) * 0.7f;
      }
    },
    TWO_LEVELS {
      @Override
      float logit(int rank, Random random) {
        return rank < 300 ? 8 : -rank % 2;
      }
    },
    NEIGHBOURS {
      @Override
      float logit(int rank, Random random) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(9) + random.nextInt(40));
      }
    },
    /** Each token about as heavy as all behind it: every share of the total is near an edge. */
    HALVES {
      @Override
      float logit(int rank, Random random) {
        return (float) (-Math.log(2) * Math.min(rank, 90));
      }
    };

    abstract float logit(int rank, Random random);
  }

  private static float[] logits(Kind kind, int size, Random random) {
    float[] logits = new float[size];
    for (int i = 0; i < size; i++) {
      logits[i] = kind.logit(i, random);
    }
    for (int i = size - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      float swapped = logits[i];
      logits[i] = logits[other];
      logits[other] = swapped;
    }
    return logits;
  }

  private static void compare(
      float[] logits,
      SamplingConfig config,
      double uniform,
      Sampler sampler,
      OffHeap memory,
      String which) {
    ReferenceSampler reference = new ReferenceSampler();
    int expected = reference.sample(logits, config, config.topPLow(), uniform);
    int token = sampler.sample(SamplerTest.row(logits, memory), config, config.topPLow(), uniform);
    String where = which + " " + config + " u " + uniform + " kept " + reference.kept();
    assertEquals(expected, token, where);
    assertEquals(reference.logProbability(), sampler.logProbability(), where);
  }

  /** Something is cut; sometimes by several settings. */
  private static SamplingConfig config(Random random) {
    SamplingConfig config =
        SamplingConfig.PLAIN.withTemperature(
            new double[] {1, 1, 0.7, 1.5, 0.01, 40}[random.nextInt(6)]);
    double[] masses = {
      0.8, 0.9, 0.96, 0.99, 0.999, 0.99999, 1 - 1e-9, 1 - 1e-13, Math.nextDown(1.0), 1e-9, 0.5
    };
    double mass =
        random.nextBoolean() ? masses[random.nextInt(masses.length)] : random.nextDouble() + 1e-12;
    int way = random.nextInt(8);
    if (way < 4 || way == 7) {
      config = config.withTopP(Math.min(mass, 1), Math.min(mass, 1));
    }
    if (way == 4 || way == 7) {
      config = config.withTypicalP(Math.min(mass, Math.nextDown(1.0)));
    }
    if (way == 5) {
      config = config.withMinP(Math.pow(10, -6 * random.nextDouble()));
    }
    if (way == 6 || random.nextInt(6) == 0) {
      config = config.withTopK(1 + random.nextInt(random.nextBoolean() ? 60 : 5000));
    }
    return config;
  }

  @ParameterizedTest
  @EnumSource
  void bitsEqualThePlainDefinition(Kind kind) {
    long seed = 1907;
    Random random = new Random(seed + kind.ordinal());
    for (int round = 0; round < 30; round++) {
      int size = round < 10 ? VOCABULARY : 1 + random.nextInt(round % 2 == 0 ? 8000 : 300);
      try (OffHeap memory = new OffHeap()) {
        Sampler sampler = new Sampler(KERNELS, size, memory);
        float[] logits = logits(kind, size, random);
        for (int draw = 0; draw < (size == VOCABULARY ? 8 : 40); draw++) {
          SamplingConfig config = config(random);
          boolean all =
              config.topK() >= size
                  && config.equals(
                      SamplingConfig.PLAIN
                          .withTemperature(config.temperature())
                          .withTopK(config.topK()));
          if (!all) {
            compare(
                logits,
                config,
                random.nextInt(9) == 0 ? Math.nextDown(1.0) : random.nextDouble(),
                sampler,
                memory,
                "seed " + seed + " " + kind + " round " + round + " size " + size);
          }
        }
      }
    }
  }

  /**
   * Shares of the total that lie on, just below and just above the sums up to a token: which token
   * crosses is a matter of the last bits.
   */
  @ParameterizedTest
  @EnumSource
  void edgesBetweenTokensAreTheDefinitions(Kind kind) {
    long seed = 1908;
    Random random = new Random(seed + kind.ordinal());
    for (int size : new int[] {VOCABULARY, 3000, 90}) {
      float[] logits = logits(kind, size, random);
      try (OffHeap memory = new OffHeap()) {
        Sampler sampler = new Sampler(KERNELS, size, memory);
        for (double p : edges(logits, size == VOCABULARY ? 4 : 25, random)) {
          for (double near : new double[] {Math.nextDown(p), p, Math.nextUp(p), p + 1e-9}) {
            if (near > 0 && near < 1) {
              compare(
                  logits,
                  SamplingConfig.PLAIN.withTopP(near, near),
                  Math.nextDown(1.0),
                  sampler,
                  memory,
                  "seed " + seed + " " + kind + " size " + size);
            }
          }
        }
      }
    }
  }

  private static double[] edges(float[] logits, int count, Random random) {
    float[] sorted = logits.clone();
    java.util.Arrays.sort(sorted);
    double[] sums = new double[sorted.length + 1];
    for (int i = 0; i < sorted.length; i++) {
      float logit = sorted[sorted.length - 1 - i];
      sums[i + 1] =
          sums[i] + scriptorium.engine.kernel.ScalarKernels.exp(logit - sorted[sorted.length - 1]);
    }
    double[] edges = new double[count];
    for (int i = 0; i < count; i++) {
      int rank = 1 + (int) (Math.pow(random.nextDouble(), 3) * (sorted.length - 1));
      edges[i] = sums[rank] / sums[sorted.length];
    }
    return edges;
  }

  @Test
  void bitsOfBooksEqualThePlainDefinition() throws Exception {
    Random random = new Random(8);
    List<float[]> rows = booksRows(96);
    try (OffHeap memory = new OffHeap()) {
      Sampler sampler = new Sampler(KERNELS, VOCABULARY, memory);
      for (int i = 0; i < rows.size(); i++) {
        for (int draw = 0; draw < 6; draw++) {
          SamplingConfig config = config(random);
          if (!config.equals(SamplingConfig.PLAIN)) {
            compare(rows.get(i), config, random.nextDouble(), sampler, memory, "row " + i);
          }
        }
      }
    }
  }

  /** Rows of logits that books-8M gives for a text. */
  private static List<float[]> booksRows(int count) {
    Model books = TestModels.books();
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(new float[VOCABULARY]);
    }
    try (OffHeap memory = new OffHeap();
        WorkerGroup workers = new WorkerGroup(1, Thread::new)) {
      int pages = KvCache.pagesFor(books.config(), CacheType.F32, count);
      KvCache cache = new KvCache(books.config(), CacheType.F32, pages, memory);
      Gpt2Model model =
          new Gpt2Model(TestModels.weights(books), cache, workers, KERNELS, count, memory);
      String text =
          "It was a dark night, and the ship lay still. The captain had come on deck and looked at"
              + " the sky, as he did each evening before he went below; there was no wind, and the"
              + " men said nothing. \"We shall have rain,\" said the mate, and went to the boats. ";
      int[] tokens = new int[count];
      tokens[0] = books.tokenizer().endOfText();
      System.arraycopy(books.tokenizer().encode(text.repeat(3)), 0, tokens, 1, count - 1);
      StepBatch batch = new StepBatch(count);
      batch.add(new CachedSequence(cache, count), tokens, 0, count);
      for (int row = 0; row < count; row++) {
        batch.want(row);
      }
      model.step(
          batch,
          (wanted, worker, logits) -> {
            for (int i = 0; i < VOCABULARY; i++) {
              rows.get(wanted)[i] = logits.logit(i);
            }
          });
    }
    assertTrue(rows.getFirst()[0] != 0);
    return rows;
  }
}
