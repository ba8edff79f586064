package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;
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
  /** Token ids of a chunk of logits, the unit in which the head is computed and summarised. */
  public static final int CHUNK = 256;

  /** Tasks of a phase for each worker: enough to even out, few enough to keep panels together. */
  private static final int TASKS_PER_WORKER = 12;

  /** Panels of a product between two epilogues: few enough to find them in the nearest cache. */
  private static final int HOT_PANELS = 4;

  private final Gpt2Weights weights;
  private final Gpt2Config config;
  private final KvCache cache;
  private final WorkerGroup workers;
  private final Kernels kernels;
  private final int maxRows;
  private final Activations act;
  private final Attention attention;
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
    workers.run(
        rows,
        (row, worker) ->
            weights.embed(
                batch.tokens[row], batch.positions[row], act.x, (long) row * act.rowStride));
    ended(Phase.EMBEDDING, 0, 0);
    int attentionTasks = attention.plan(batch, workers.threads());
    for (int layer = 0; layer < config.numLayers(); layer++) {
      block(batch, layer, attentionTasks);
    }
    for (int from = 0; from < batch.wantedCount; from += Activations.HEAD_ROWS) {
      head(batch, from, Math.min(batch.wantedCount, from + Activations.HEAD_ROWS), consumer);
    }
  }

  private void block(StepBatch batch, int layer, int attentionTasks) {
    Gpt2Weights.Layer w = weights.layers.get(layer);
    int rows = batch.rows;
    int size = config.embeddingSize();
    normalise(rows, w.ln1Weight(), w.ln1Bias());
    product(Phase.ATTENTION_INPUT, rows, act.packed, w.attnQkv(), (from, to) -> {});
    workers.run(attentionTasks, (task, worker) -> attention.run(batch, layer, task, worker));
    workers.run(blocks(rows), (block, worker) -> pack(act.attended, act.rowStride, rows, block));
    long attended = batch.attendedPositions();
    long held = batch.heldPositions();
    ended(Phase.ATTENTION, 4L * attended * size, 2L * held * size * cache.type().bytes());
    product(
        Phase.ATTENTION_OUTPUT,
        rows,
        act.packed,
        w.attnProj(),
        (from, to) -> addToResidual(rows, from, to));
    normalise(rows, w.ln2Weight(), w.ln2Bias());
    product(Phase.MLP_UP, rows, act.packed, w.mlpFc(), (from, to) -> activate(rows, from, to));
    product(
        Phase.MLP_DOWN,
        rows,
        act.packedWide,
        w.mlpProj(),
        (from, to) -> addToResidual(rows, from, to));
  }

  /** Layer norm of every row of the residual stream into the packed input. */
  private void normalise(int rows, MemorySegment weight, MemorySegment bias) {
    workers.run(
        blocks(rows),
        (block, worker) -> normaliseBlock(block, rows, row -> row, weight, bias, worker));
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
    ended(phase, 2 * rows * weights, weights * Float.BYTES);
  }

  /** Layer norm of the rows of a block, taken from where {@code source} says. */
  private void normaliseBlock(
      int block,
      int rows,
      IntUnaryOperator source,
      MemorySegment weight,
      MemorySegment bias,
      int worker) {
    int first = block * Kernels.ROW_BLOCK;
    int count = Math.min(Kernels.ROW_BLOCK, rows - first);
    for (int i = 0; i < count; i++) {
      kernels.layerNorm(
          act.x,
          (long) source.applyAsInt(first + i) * act.rowStride,
          config.embeddingSize(),
          weight,
          bias,
          config.layerNormEpsilon(),
          act.block[worker],
          (long) i * act.rowStride);
    }
    act.packed.set(act.block[worker], 0, act.rowStride, count, config.embeddingSize(), first, 0);
  }

  /** Packs a block of rows of C floats. */
  private void pack(MemorySegment from, int stride, int rows, int block) {
    int first = block * Kernels.ROW_BLOCK;
    act.packed.set(
        from,
        (long) first * stride,
        stride,
        Math.min(Kernels.ROW_BLOCK, rows - first),
        config.embeddingSize(),
        first,
        0);
  }

  /** What is done with the columns from..to of a product while they are hot. */
  @FunctionalInterface
  private interface Epilogue {
    void run(int from, int to);
  }

  private void product(
      Phase phase, int rows, PackedRows input, PackedLinear linear, Epilogue epilogue) {
    int panels = linear.panelCount();
    int group = Math.max(2, panels / (workers.threads() * TASKS_PER_WORKER) / 2 * 2);
    workers.run(
        (panels + group - 1) / group,
        (task, worker) -> {
          int from = task * group;
          int to = Math.min(panels, from + group);
          for (int hot = from; hot < to; hot += HOT_PANELS) {
            int hotTo = Math.min(to, hot + HOT_PANELS);
            kernels.matmul(
                input,
                0,
                rows,
                linear.panels(),
                hot,
                hotTo,
                linear.bias(),
                act.wide,
                act.wideStride);
            epilogue.run(hot * Kernels.LANES, Math.min(linear.columns(), hotTo * Kernels.LANES));
          }
        });
    ended(phase, rows, linear);
  }

  private void addToResidual(int rows, int from, int to) {
    for (int row = 0; row < rows; row++) {
      kernels.add(
          act.x,
          (long) row * act.rowStride + from,
          act.wide,
          (long) row * act.wideStride + from,
          to - from);
    }
  }

  private void activate(int rows, int from, int to) {
    for (int first = 0; first < rows; first += Kernels.ROW_BLOCK) {
      int count = Math.min(Kernels.ROW_BLOCK, rows - first);
      for (int row = first; row < first + count; row++) {
        kernels.gelu(act.wide, (long) row * act.wideStride + from, to - from);
      }
      act.packedWide.set(
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
    workers.run(
        blocks(rows),
        (block, worker) ->
            normaliseBlock(
                block,
                rows,
                row -> batch.wanted[from + row],
                weights.lnFWeight,
                weights.lnFBias,
                worker));
    ended(Phase.LAYER_NORM, 0, 0);
    int chunkCount = act.chunkStride / 2;
    workers.run(chunkCount, (chunk, worker) -> chunk(rows, chunk));
    ended(Phase.HEAD, rows, weights.head);
    workers.run(
        rows,
        (row, worker) ->
            consumer.accept(
                from + row,
                worker,
                act.logits,
                (long) row * act.logitsStride,
                act.chunks,
                (long) row * act.chunkStride));
    ended(Phase.SAMPLING, 0, 0);
  }

  /** Logits of one chunk of ids for all rows of the head, and their summaries. */
  private void chunk(int rows, int chunk) {
    int first = chunk * CHUNK;
    int size = Math.min(CHUNK, config.vocabSize() - first);
    int panelFrom = first / Kernels.LANES;
    int panelTo = (first + size + Kernels.LANES - 1) / Kernels.LANES;
    PackedLinear head = weights.head;
    kernels.matmul(
        act.packed,
        0,
        rows,
        head.panels(),
        panelFrom,
        panelTo,
        head.bias(),
        act.logits,
        act.logitsStride);
    for (int row = 0; row < rows; row++) {
      long at = (long) row * act.logitsStride + first;
      float max = kernels.max(act.logits, at, size);
      float sum = kernels.sumExp(act.logits, at, size, 1, max);
      long summary = (long) row * act.chunkStride + 2L * chunk;
      act.chunks.setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, summary, max);
      act.chunks.setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, summary + 1, sum);
    }
  }

  /** Rows of a packed block share cache lines, so that one worker takes a whole block. */
  private static int blocks(int rows) {
    return (rows + Kernels.ROW_BLOCK - 1) / Kernels.ROW_BLOCK;
  }
}
