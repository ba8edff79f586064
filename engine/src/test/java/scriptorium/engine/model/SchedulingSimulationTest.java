package scriptorium.engine.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.engine.kernel.Kernels;

/**
 * What many threads would make of a step, without having them: the plans that the engine uses and
 * the order of claims of {@link WorkerGroup}, on workers of equal speed. It says what is lost by
 * tasks that do not come out even and by barriers, and nothing of memory, turbo clocks or the
 * system's other work. job/docs/cluster.md has the table that it prints.
 */
class SchedulingSimulationTest {
  /** Of a core, products. */
  private static final double FLOPS_PER_MICROSECOND = 100e3;

  /** Layer norm and packing, microseconds for each float of a row (1.3 for 768; 2 cores). */
  private static final double NORM = 1.3 / 768;

  /** Attention reads the cache at a core's share of 370 GB/s for 64 cores. */
  private static final double CACHE_BYTES_PER_MICROSECOND = 5.8e3;

  /** A draw, from the summaries of the chunks and the tokens that top-k 40 keeps. */
  private static final double DRAW = 60;

  private final Random random = new Random(7);

  /** Time of a phase and the least that it could take, microseconds, in sums. */
  private static final class Sum {
    private double ideal;
    private double time;
    private int phases;

    double share() {
      return ideal / time;
    }

    void add(Sum other, int times) {
      ideal += times * other.ideal;
      time += times * other.time;
      phases += times * other.phases;
    }
  }

  /**
   * What a phase's beginning and end cost: lines of the cache go to each team's workers (8 of them
   * for the ticket and the claim, at 0.1 microseconds within a socket), and to the caller from each
   * team.
   */
  private static double barrier(int threads) {
    return 2 + 0.05 * threads;
  }

  @ParameterizedTest
  @CsvSource({"16, 0.85", "32, 0.85", "64, 0.85", "128, 0.85"})
  void productsAndHeadFillTheThreads(int threads, double least) {
    for (int size : new int[] {768, 1024, 1280, 1600}) {
      Gpt2Config config = PlanTest.shape(size);
      int rows = Gpt2Model.rowsFor(threads);
      Sum products = products(config, rows, threads);
      Sum head = head(config, rows, threads);
      Sum both = new Sum();
      both.add(products, 1);
      both.add(head, 1);
      Sum rest = rest(config, rows, threads);
      Sum attention = attention(config, rows, threads);
      double barriers = (both.phases + rest.phases + attention.phases) * barrier(threads);
      double share = both.ideal / (both.time + barriers);
      Sum all = new Sum();
      all.add(both, 1);
      all.add(rest, 1);
      all.add(attention, 1);
      double whole = all.ideal / (all.time + barriers);
      System.out.printf(
          Locale.ROOT,
          "%d threads, %d wide, %d rows: products %.1f %%, head %.1f %%, both with %.2f ms of barriers %.1f %%;"
              + " attention %.1f %%, the rest %.1f %%; the step %.1f %% of %.1f ms%n",
          threads,
          size,
          rows,
          100 * products.share(),
          100 * head.share(),
          barriers / 1e3,
          100 * share,
          100 * attention.share(),
          100 * rest.share(),
          100 * whole,
          all.ideal / 1e3);
      assertTrue(share >= least, threads + " threads, width " + size + ": " + share);
      assertTrue(attention.share() >= least, threads + " threads: attention " + attention.share());
      assertTrue(whole >= least, threads + " threads, width " + size + ": the step " + whole);
    }
  }

  /** Fewer rows than the default, as of a job's last sequences or of a cache that is small. */
  @ParameterizedTest
  @CsvSource({"16, 96, 0.85", "64, 256, 0.8", "128, 512, 0.8"})
  void productsOfFewerRows(int threads, int rows, double least) {
    for (int size : new int[] {768, 1024, 1280, 1600}) {
      double share = products(PlanTest.shape(size), rows, threads).share();
      System.out.printf(
          Locale.ROOT, "%d threads, %d wide, %d rows: %.1f %%%n", threads, size, rows, 100 * share);
      assertTrue(share >= least, threads + " threads, width " + size + ": " + share);
    }
  }

  /** One text to score fills the threads as well: its rows are split, not its heads alone. */
  @Test
  void attentionOfOneTextFillsTheThreads() {
    for (int threads : new int[] {16, 64}) {
      StepBatch batch = new StepBatch(512);
      batch.add(sequence(PlanTest.shape(768), 0), new int[512], 0, 512);
      Sum sum = attention(PlanTest.shape(768), batch, threads);
      assertTrue(sum.share() > 0.85, threads + " threads: " + sum.share());
    }
  }

  private Sum products(Gpt2Config config, int rows, int threads) {
    StepPlan plan = StepPlan.of(config, rows, threads);
    int size = config.embeddingSize();
    Sum sum = new Sum();
    int[] depths = {size, size, size, config.mlpSize()};
    ProductPlan[] products = PlanTest.products(plan);
    for (int i = 0; i < products.length; i++) {
      sum.add(product(products[i], depths[i], threads, 0), config.numLayers());
    }
    return sum;
  }

  private static Sum product(ProductPlan plan, int depth, int threads, double epilogue) {
    return phase(
        plan.tasks(),
        threads,
        task -> {
          int rows = plan.rowTo(task) - plan.rowFrom(task);
          int blocks = Math.ceilDiv(rows, Kernels.ROW_BLOCK);
          int columns = (plan.panelTo(task) - plan.panelFrom(task)) * Kernels.LANES;
          double flops = 2.0 * blocks * Kernels.ROW_BLOCK * columns * depth;
          return flops / FLOPS_PER_MICROSECOND + epilogue * rows * columns;
        });
  }

  private static Sum head(Gpt2Config config, int rows, int threads) {
    Sum sum = new Sum();
    int pass = HeadPlan.passRows(threads);
    for (int from = 0; from < rows; from += pass) {
      HeadPlan plan = HeadPlan.of(config, Math.min(pass, rows - from), threads);
      sum.add(product(plan.logits(), config.embeddingSize(), threads, 0), 1);
    }
    return sum;
  }

  /** Embeddings, layer norms, packing and draws. */
  private Sum rest(Gpt2Config config, int rows, int threads) {
    Sum sum = new Sum();
    double row = NORM * config.embeddingSize();
    RowPlan plan = RowPlan.of(rows, threads);
    sum.add(rows(plan, threads, row), 2 * config.numLayers());
    sum.add(rows(plan, threads, row / 2), config.numLayers() + 1);
    int pass = HeadPlan.passRows(threads);
    for (int from = 0; from < rows; from += pass) {
      int count = Math.min(pass, rows - from);
      sum.add(rows(HeadPlan.of(config, count, threads).perRow(), threads, row), 1);
      sum.add(phase(count, threads, task -> DRAW * (0.5 + random.nextDouble())), 1);
    }
    return sum;
  }

  private static Sum rows(RowPlan plan, int threads, double row) {
    double shared = plan.size() == Kernels.ROW_BLOCK ? 1 : 1.2;
    Sum sum =
        phase(plan.tasks(), threads, task -> (plan.to(task) - plan.from(task)) * row * shared);
    sum.ideal /= shared;
    return sum;
  }

  /** Sequences of any length that decode. */
  private Sum attention(Gpt2Config config, int rows, int threads) {
    StepBatch batch = new StepBatch(rows);
    for (int row = 0; row < rows; row++) {
      batch.add(sequence(config, random.nextInt(1023)), new int[1], 0, 1);
    }
    Sum layer = attention(config, batch, threads);
    Sum sum = new Sum();
    sum.add(layer, config.numLayers());
    return sum;
  }

  private static Sum attention(Gpt2Config config, StepBatch batch, int threads) {
    AttentionPlan plan = new AttentionPlan(batch.rows(), config.numHeads());
    plan.plan(batch, threads);
    double headBytes = 2.0 * config.headSize() * Float.BYTES;
    return phase(
        plan.tasks(),
        threads,
        task -> {
          double positions = 0;
          for (int row = plan.rowFrom(task); row < plan.rowTo(task); row++) {
            positions += batch.positions[row] + 1;
          }
          int heads = plan.headTo(task) - plan.headFrom(task);
          return positions * heads * headBytes / CACHE_BYTES_PER_MICROSECOND;
        });
  }

  private static CachedSequence sequence(Gpt2Config config, int length) {
    try (var offHeap = new scriptorium.engine.memory.OffHeap()) {
      KvCache cache = new KvCache(shapeOfOneLayer(config), CacheType.F16, 64, offHeap);
      CachedSequence sequence = new CachedSequence(cache, 1024);
      sequence.extend(length);
      return sequence;
    }
  }

  private static Gpt2Config shapeOfOneLayer(Gpt2Config config) {
    return new Gpt2Config(50257, 1024, 16, 1, 1, config.layerNormEpsilon());
  }

  /** Every worker claims as {@link WorkerGroup} has it, as soon as it is free. */
  private static Sum phase(int tasks, int threads, IntToDoubleFunction cost) {
    Teams teams = new Teams(threads);
    int active = teams.active(tasks);
    int[] next = new int[active];
    PriorityQueue<double[]> free =
        new PriorityQueue<>(
            (a, b) -> a[0] == b[0] ? Double.compare(a[1], b[1]) : Double.compare(a[0], b[0]));
    for (int team = 0; team < active; team++) {
      for (int w = teams.firstWorker(team); w < teams.firstWorker(team + 1); w++) {
        free.add(new double[] {0, w, team});
      }
    }
    double total = 0;
    double end = 0;
    for (int claimed = 0; claimed < tasks; claimed++) {
      double[] worker = free.remove();
      int team = (int) worker[2];
      int i = 0;
      int from = Teams.toHelp(team, i, active);
      while (next[from] == Teams.tasksOf(from, tasks, active)) {
        i++;
        from = Teams.toHelp(team, i, active);
      }
      double time = cost.applyAsDouble(Teams.task(next[from], from, active));
      next[from]++;
      total += time;
      worker[0] += time;
      end = Math.max(end, worker[0]);
      free.add(worker);
    }
    assertTrue(Arrays.stream(next).sum() == tasks);
    Sum sum = new Sum();
    sum.ideal = total / threads;
    sum.time = end;
    sum.phases = 1;
    return sum;
  }
}
