package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;
import scriptorium.engine.kernel.ChunkedLogits;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.kernel.PackedRows;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.model.StepProfile.Phase;

/**
 * The forward step of GPT-2 (Radford et al. 2019) over a ragged batch: prefill, decoding and
 * scoring are this one path. A row's result depends on its own sequence alone, never on the rows
 * beside it, nor on the number of workers. Not thread-safe: one thread drives it and its workers
 * share the tasks of each phase.
 */
public final class Gpt2Model {
  /** Panels of a product between two epilogues: few enough to find them in the nearest cache. */
  private static final int HOT_PANELS = 4;

  private static final int LEAST_ROWS = 256;

  private final Gpt2Weights weights;
  private final Gpt2Config config;
  private final KvCache cache;
  private final WorkerGroup workers;
  private final Kernels kernels;
  private final int maxRows;
  private final Activations act;
  private final Attention attention;
  private final AttentionPlan attentionPlan;
  private StepPlan stepPlan;
  private HeadPlan headPlan;
  private final StepProfile profile = new StepProfile();
  private long phaseStart;

  /** A model that runs steps of at most {@code maxRows} rows. */
  public Gpt2Model(
      Gpt2Weights weights,
      KvCache cache,
      WorkerGroup workers,
      Kernels kernels,
      int maxRows,
      OffHeap offHeap) {
    this.weights = weights;
    this.config = weights.config();
    this.cache = cache;
    this.workers = workers;
    this.kernels = kernels;
    this.maxRows = maxRows;
    act = new Activations(config, maxRows, workers.threads(), offHeap);
    attention = new Attention(config, cache, kernels, act);
    attentionPlan = new AttentionPlan(maxRows, config.numHeads());
    stepPlan = StepPlan.of(config, maxRows, workers.threads());
    headPlan = HeadPlan.of(config, act.headRows, workers.threads());
  }

  /**
   * Rows of a step, and sequences in flight, that fill so many threads: one packed block of rows
   * for each thread in the phases that go by rows, and at least 256, from where more bring a few
   * threads nothing.
   */
  public static int rowsFor(int threads) {
    return Math.max(LEAST_ROWS, Kernels.ROW_BLOCK * threads);
  }

  /** Bytes off the heap that a model's working memory takes. */
  public static long bytes(Gpt2Config config, int maxRows, int threads) {
    return Activations.bytes(config, maxRows, threads);
  }

  /** Where the time of the steps so far went. */
  public StepProfile profile() {
    return profile.copy();
  }

  /**
   * Runs one step: fills the cache for every row and hands the logits of each wanted row to the
   * consumer.
   *
   * @param batch the rows; their sequences have been extended by them
   * @param consumer called once for each wanted row, by any worker
   * @throws IllegalArgumentException for a token id or a position that the model lacks, more rows
   *     than it takes, or a sequence of another cache
   */
  public void step(StepBatch batch, LogitsConsumer consumer) {
    batch.check(config, cache, maxRows);
    int rows = batch.rows;
    phaseStart = System.nanoTime();
    if (stepPlan.rows() != rows) {
      stepPlan = StepPlan.of(config, rows, workers.threads());
    }
    RowPlan plan = stepPlan.perRow();
    workers.run(plan.tasks(), (task, worker) -> embed(batch, plan.from(task), plan.to(task)));
    ended(Phase.EMBEDDING, 0, 0);
    attentionPlan.plan(batch, workers.threads());
    for (int layer = 0; layer < config.numLayers(); layer++) {
      block(batch, layer);
    }
    for (int from = 0; from < batch.wantedCount; from += act.headRows) {
      head(batch, from, Math.min(batch.wantedCount, from + act.headRows), consumer);
    }
  }

  private void embed(StepBatch batch, int from, int to) {
    for (int row = from; row < to; row++) {
      weights.embed(batch.tokens[row], batch.positions[row], act.x, (long) row * act.rowStride);
    }
  }

  private void block(StepBatch batch, int layer) {
    Gpt2Weights.Layer w = weights.layers.get(layer);
    StepPlan plan = stepPlan;
    normalise(plan.perRow(), row -> row, w.ln1Weight(), w.ln1Bias());
    product(
        Phase.ATTENTION_INPUT,
        plan.attentionInput(),
        act.packed,
        w.attnQkv(),
        (rowFrom, rowTo, from, to) -> {});
    attend(batch, layer);
    product(
        Phase.ATTENTION_OUTPUT,
        plan.attentionOutput(),
        act.packed,
        w.attnProj(),
        this::addToResidual);
    normalise(plan.perRow(), row -> row, w.ln2Weight(), w.ln2Bias());
    product(Phase.MLP_UP, plan.mlpUp(), act.packed, w.mlpFc(), this::activate);
    product(Phase.MLP_DOWN, plan.mlpDown(), act.packedWide, w.mlpProj(), this::addToResidual);
  }

  private void attend(StepBatch batch, int layer) {
    AttentionPlan plan = attentionPlan;
    workers.run(
        plan.stored() * config.numHeads(),
        (task, worker) -> attention.store(batch, plan, layer, task));
    workers.run(plan.tasks(), (task, worker) -> attention.run(batch, plan, layer, task, worker));
    RowPlan rows = stepPlan.perRow();
    workers.run(rows.tasks(), (task, worker) -> pack(rows.from(task), rows.to(task)));
    long size = config.embeddingSize();
    long held = batch.heldPositions();
    ended(
        Phase.ATTENTION,
        4L * batch.attendedPositions() * size,
        2L * held * size * cache.type().bytes());
  }

  /**
   * Layer norm of rows of the residual stream, from where the source says, into the packed input.
   */
  private void normalise(
      RowPlan plan, IntUnaryOperator source, MemorySegment weight, MemorySegment bias) {
    workers.run(
        plan.tasks(),
        (task, worker) ->
            normalise(plan.from(task), plan.to(task), source, weight, bias, act.block[worker]));
    ended(Phase.LAYER_NORM, 0, 0);
  }

  /** Ascribes the time since the last call to a phase. */
  private void ended(Phase phase, long flops, long bytes) {
    long now = System.nanoTime();
    profile.add(phase, now - phaseStart, flops, bytes);
    phaseStart = now;
  }

  private void ended(Phase phase, int rows, PackedLinear linear) {
    long weights = (long) linear.depth() * linear.columns();
    ended(phase, 2 * rows * weights, weights * linear.panels().type().bytes());
  }

  /** Layer norm of some rows of one packed block. */
  private void normalise(
      int from,
      int to,
      IntUnaryOperator source,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment out) {
    int size = config.embeddingSize();
    for (int row = from; row < to; row++) {
      kernels.layerNorm(
          act.x,
          (long) source.applyAsInt(row) * act.rowStride,
          size,
          weight,
          bias,
          config.layerNormEpsilon(),
          out,
          (long) (row - from) * act.rowStride);
    }
    kernels.pack(act.packed, out, 0, act.rowStride, to - from, size, from, 0);
  }

  /** Packs what attention has put out, some rows of one packed block. */
  private void pack(int from, int to) {
    kernels.pack(
        act.packed,
        act.attended,
        (long) from * act.rowStride,
        act.rowStride,
        to - from,
        config.embeddingSize(),
        from,
        0);
  }

  /** What is done with some rows and columns of a product while they are hot. */
  @FunctionalInterface
  private interface Epilogue {
    void run(int rowFrom, int rowTo, int from, int to);
  }

  private void product(
      Phase phase, ProductPlan plan, PackedRows input, PackedLinear linear, Epilogue epilogue) {
    workers.run(
        plan.tasks(),
        (task, worker) -> {
          int rowFrom = plan.rowFrom(task);
          int rowTo = plan.rowTo(task);
          int panelTo = plan.panelTo(task);
          for (int hot = plan.panelFrom(task); hot < panelTo; hot += HOT_PANELS) {
            int hotTo = Math.min(panelTo, hot + HOT_PANELS);
            kernels.matmul(
                input,
                rowFrom,
                rowTo,
                linear.panels(),
                hot,
                hotTo,
                linear.bias(),
                act.wide,
                act.wideStride);
            int columns = Math.min(linear.columns(), hotTo * Kernels.LANES);
            epilogue.run(rowFrom, rowTo, hot * Kernels.LANES, columns);
          }
        });
    ended(phase, stepPlan.rows(), linear);
  }

  private void addToResidual(int rowFrom, int rowTo, int from, int to) {
    for (int row = rowFrom; row < rowTo; row++) {
      kernels.add(
          act.x,
          (long) row * act.rowStride + from,
          act.wide,
          (long) row * act.wideStride + from,
          to - from);
    }
  }

  private void activate(int rowFrom, int rowTo, int from, int to) {
    for (int first = rowFrom; first < rowTo; first += Kernels.ROW_BLOCK) {
      int count = Math.min(Kernels.ROW_BLOCK, rowTo - first);
      for (int row = first; row < first + count; row++) {
        kernels.gelu(act.wide, (long) row * act.wideStride + from, to - from);
      }
      kernels.pack(
          act.packedWide,
          act.wide,
          (long) first * act.wideStride + from,
          act.wideStride,
          count,
          to - from,
          first,
          from);
    }
  }

  private void head(StepBatch batch, int from, int to, LogitsConsumer consumer) {
    int rows = to - from;
    if (headPlan.perRow().rows() != rows) {
      headPlan = HeadPlan.of(config, rows, workers.threads());
    }
    HeadPlan plan = headPlan;
    normalise(plan.perRow(), row -> batch.wanted[from + row], weights.lnFWeight, weights.lnFBias);
    workers.run(plan.logits().tasks(), (task, worker) -> chunk(plan.logits(), task));
    ended(Phase.HEAD, rows, weights.head);
    workers.run(
        rows,
        (row, worker) -> consumer.accept(from + row, worker, act.logits(row, config.vocabSize())));
    ended(Phase.SAMPLING, 0, 0);
  }

  /** Logits of a task's rows and chunk of ids, and their summaries. */
  private void chunk(ProductPlan plan, int task) {
    int rowFrom = plan.rowFrom(task);
    int rowTo = plan.rowTo(task);
    int panelFrom = plan.panelFrom(task);
    PackedLinear head = weights.head;
    kernels.matmul(
        act.packed,
        rowFrom,
        rowTo,
        head.panels(),
        panelFrom,
        plan.panelTo(task),
        head.bias(),
        act.logits,
        act.logitsStride);
    int chunk = panelFrom * Kernels.LANES / ChunkedLogits.CHUNK;
    for (int row = rowFrom; row < rowTo; row++) {
      act.logits(row, config.vocabSize()).summarise(kernels, chunk);
    }
  }
}
