package scriptorium.engine.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import scriptorium.engine.kernel.ChunkedLogits;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;

/** One draw from a row of GPT-2's vocabulary, microseconds, for logits of several shapes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
public class SamplerBenchmark {
  private static final int VOCABULARY = 50257;
  private static final int ROWS = 16;

  @Param({
    "top-k 40",
    "top-p 0.8",
    "top-p 0.9",
    "top-p 0.96",
    "top-p 0.99",
    "top-p 0.999",
    "typical-p 0.95",
    "min-p 0.05"
  })
  public String setting;

  /** Half a nat of noise; a power law; 30 tokens far above 1.5 nats of noise. */
  @Param({"FLAT", "POWER_LAW", "PEAKED"})
  public String logits;

  private final OffHeap memory = new OffHeap();
  private final Kernels kernels = KernelProvider.kernels();
  private final LogitsRow[] rows = new LogitsRow[ROWS];
  private SamplingConfig config;
  private Sampler sampler;
  private int next;

  @Setup(Level.Trial)
  public void fill() {
    Random random = new Random(1);
    for (int i = 0; i < ROWS; i++) {
      rows[i] = row(random);
    }
    String[] words = setting.split(" ");
    double value = Double.parseDouble(words[1]);
    config =
        switch (words[0]) {
          case "top-k" -> SamplingConfig.PLAIN.withTopK((int) value);
          case "top-p" -> SamplingConfig.PLAIN.withTopP(value, value);
          case "typical-p" -> SamplingConfig.PLAIN.withTypicalP(value);
          default -> SamplingConfig.PLAIN.withMinP(value);
        };
    sampler = new Sampler(kernels, VOCABULARY, memory);
  }

  private LogitsRow row(Random random) {
    float[] values = new float[VOCABULARY];
    int[] ids = random.ints(0, VOCABULARY).distinct().limit(VOCABULARY).toArray();
    for (int rank = 0; rank < VOCABULARY; rank++) {
      double noise = random.nextGaussian();
      values[ids[rank]] =
          (float)
              switch (logits) {
                case "FLAT" -> 0.5 * noise;
                case "POWER_LAW" -> -1.1 * Math.log(1 + rank) + 0.3 * noise - 30;
                default -> 1.5 * noise - 90 + (rank < 30 ? 10 : 0);
              };
    }
    MemorySegment row = memory.floats(VOCABULARY);
    MemorySegment.copy(values, 0, row, ValueLayout.JAVA_FLOAT, 0, VOCABULARY);
    MemorySegment summaries = memory.floats(ChunkedLogits.summaryFloats(VOCABULARY));
    ChunkedLogits chunked = new ChunkedLogits(row, 0, summaries, 0, VOCABULARY);
    for (int chunk = 0; chunk < chunked.chunkCount(); chunk++) {
      chunked.summarise(kernels, chunk);
    }
    LogitsRow view = new LogitsRow(kernels, VOCABULARY, memory);
    view.set(chunked);
    return view;
  }

  @TearDown(Level.Trial)
  public void free() {
    memory.close();
  }

  @Benchmark
  public int draw() {
    next++;
    return sampler.sample(
        rows[next % ROWS], config, config.topPLow(), SampleRandom.uniform(1, next, 1, 0));
  }
}
