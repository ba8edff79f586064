package scriptorium.engine.model;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
import scriptorium.engine.kernel.KernelChoice;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.sampling.LogitsRow;
import scriptorium.engine.sampling.Sampler;
import scriptorium.engine.sampling.SamplingConfig;

/**
 * Whole decode steps of a batch, as the engine runs them: every sequence one row, top-k 40 drawn
 * from its logits. Sequences grow by a token a step from {@code position} on and start over after
 * 64. Counters give tokens/s and the head's own GFLOP/s, sampling included. The scalar twin takes
 * seconds a step: leave it to a run of its own.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 3, time = 3)
public class StepBenchmark {
  private static final int GROWTH = 64;
  private static final SamplingConfig TOP_K_40 = SamplingConfig.PLAIN.withTopK(40);

  @Param({"MACHINE_CODE", "VECTOR_API"})
  public KernelChoice kernels;

  @Param({"124M"})
  public String model;

  /** Layers; 1 shows the head, 0 is the whole model. */
  @Param({"0", "1"})
  public int layers;

  @Param({"1", "12", "32", "96"})
  public int rows;

  @Param({"128", "900"})
  public int position;

  @Param({"F32", "F16"})
  public CacheType cacheType;

  @Param({"2"})
  public int threads;

  private OffHeap offHeap;
  private WorkerGroup workers;
  private Gpt2Model gpt2;
  private CachedSequence[] sequences;
  private StepBatch batch;
  private LogitsRow[] views;
  private Sampler[] samplers;
  private final int[] token = {1000};

  /** What the steps of an iteration came to. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Phases {
    private StepProfile before;
    private Gpt2Model model;
    private long tokens;
    private long start;

    @Setup(Level.Iteration)
    public void clear() {
      model = null;
    }

    void add(Gpt2Model running, int rows) {
      if (model == null) {
        model = running;
        before = running.profile();
        tokens = 0;
        start = System.nanoTime();
      } else {
        tokens += rows; // of the steps after the first
      }
    }

    /** Rows that were stepped. */
    public double tokensPerSecond() {
      return tokens * 1e9 / (System.nanoTime() - start);
    }

    /** The head's arithmetic over its own time and the sampler's. */
    public double headGflops() {
      StepProfile spent = model.profile().since(before);
      return (double) spent.flops(StepProfile.Phase.HEAD)
          / (spent.nanos(StepProfile.Phase.HEAD) + spent.nanos(StepProfile.Phase.SAMPLING));
    }
  }

  @Setup(Level.Trial)
  public void start() {
    Kernels op = KernelProvider.kernels(kernels);
    Gpt2Config config = BenchmarkModels.config(model, layers);
    offHeap = new OffHeap();
    workers = new WorkerGroup(threads, Thread.ofPlatform().daemon().factory());
    int pages = rows * KvCache.pagesFor(config, cacheType, position + GROWTH);
    KvCache cache = new KvCache(config, cacheType, pages, offHeap);
    if (cacheType == CacheType.F32) {
      BenchmarkModels.fill(cache.memory(), 20, 3);
    }
    Gpt2Weights weights = BenchmarkModels.weights(config, offHeap, workers);
    gpt2 = new Gpt2Model(weights, cache, workers, op, rows, offHeap);
    batch = new StepBatch(rows);
    sequences = new CachedSequence[rows];
    for (int i = 0; i < rows; i++) {
      sequences[i] = new CachedSequence(cache, position + GROWTH);
    }
    views = new LogitsRow[threads];
    samplers = new Sampler[threads];
    for (int i = 0; i < threads; i++) {
      views[i] = new LogitsRow(op, config.vocabSize(), offHeap);
      samplers[i] = new Sampler(op, config.vocabSize(), offHeap);
    }
  }

  @TearDown(Level.Trial)
  public void stop() {
    workers.close();
    offHeap.close();
  }

  @Benchmark
  public void step(Phases phases) {
    batch.clear();
    for (CachedSequence sequence : sequences) {
      if (sequence.length() == 0 || sequence.length() == position + GROWTH) {
        sequence.release();
        sequence.extend(position);
      }
      batch.want(batch.add(sequence, token, 0, 1));
    }
    gpt2.step(batch, this::draw);
    phases.add(gpt2, rows);
  }

  private void draw(int wanted, int worker, ChunkedLogits logits) {
    views[worker].set(logits);
    samplers[worker].sample(views[worker], TOP_K_40, 1, 0.5);
  }
}
