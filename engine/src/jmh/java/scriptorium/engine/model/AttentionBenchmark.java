package scriptorium.engine.model;

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
import scriptorium.engine.kernel.KernelChoice;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.kernel.Rates;
import scriptorium.engine.memory.OffHeap;

/**
 * One core's attention in the 124M shape over all 12 layers: 8 sequences that add one row each
 * (decoding, bound by memory), or one that adds 64 (prefill and scoring, bound by arithmetic).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class AttentionBenchmark {
  private static final int DECODING = 8;
  private static final int PREFILL_ROWS = 64;

  @Param({"MACHINE_CODE", "VECTOR_API", "SCALAR"})
  public KernelChoice kernels;

  @Param({"F32", "F16"})
  public CacheType cacheType;

  @Param({"128", "1024"})
  public int positions;

  @Param({"false", "true"})
  public boolean prefill;

  private OffHeap offHeap;
  private Attention attention;
  private AttentionPlan plan;
  private StepBatch batch;
  private Gpt2Config config;
  private double flops;

  @Setup(Level.Trial)
  public void start() {
    config = BenchmarkModels.config("124M", 0);
    offHeap = new OffHeap();
    Kernels op = KernelProvider.kernels(kernels);
    int sequences = prefill ? 1 : DECODING;
    int rows = prefill ? PREFILL_ROWS : DECODING;
    KvCache cache =
        new KvCache(
            config, cacheType, sequences * KvCache.pagesFor(config, cacheType, positions), offHeap);
    if (cacheType == CacheType.F32) {
      BenchmarkModels.fill(cache.memory(), 20, 1);
    }
    Activations act = new Activations(config, rows, 1, offHeap);
    BenchmarkModels.fill(act.wide, 20, 2);
    attention = new Attention(config, cache, op, act);
    plan = new AttentionPlan(rows, config.numHeads());
    batch = new StepBatch(rows);
    int perSequence = rows / sequences;
    for (int i = 0; i < sequences; i++) {
      CachedSequence sequence = new CachedSequence(cache, positions);
      sequence.extend(positions - perSequence);
      batch.add(sequence, new int[perSequence], 0, perSequence);
    }
    flops = 4.0 * batch.attendedPositions() * config.embeddingSize() * config.numLayers();
  }

  @TearDown(Level.Trial)
  public void stop() {
    offHeap.close();
  }

  @Benchmark
  public void attend(Rates rates) {
    plan.plan(batch, 1);
    for (int layer = 0; layer < config.numLayers(); layer++) {
      for (int task = 0; task < plan.stored() * config.numHeads(); task++) {
        attention.store(batch, plan, layer, task);
      }
      for (int task = 0; task < plan.tasks(); task++) {
        attention.run(batch, plan, layer, task, 0);
      }
    }
    rates.add(flops);
  }
}
