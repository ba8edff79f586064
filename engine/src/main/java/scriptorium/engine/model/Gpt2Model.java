package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;

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
  private static final int TASKS_PER_WORKER = 6;

  private final Gpt2Weights weights;
  private final Gpt2Config config;
  private final KvCache cache;
  private final WorkerGroup workers;
  private final Kernels kernels;
  private final Activations act;
  private final Attention attention;

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
    act = new Activations(config, maxRows, workers.threads(), offHeap);
    attention = new Attention(config, cache, kernels, act);
  }

  /**
   * Runs one step: fills the cache for every row and hands the logits of each wanted row to the
   * consumer.
   *
   * @param batch the rows; their sequences have been extended by them
   * @param consumer called once for each wanted row, by any worker
   */
  public void step(StepBatch batch, LogitsConsumer consumer) {
    int rows = batch.rows;
    workers.run(
        blocks(rows),
        (block, worker) ->
            forBlock(
                block,
                rows,
                row ->
                    weights.embed(
                        batch.tokens[row],
                        batch.positions[row],
                        act.x,
                        (long) row * act.rowStride)));
    for (int layer = 0; layer < config.numLayers(); layer++) {
      block(batch, layer);
    }
    for (int from = 0; from < batch.wantedCount; from += Activations.HEAD_ROWS) {
      head(batch, from, Math.min(batch.wantedCount, from + Activations.HEAD_ROWS), consumer);
    }
  }

  private void block(StepBatch batch, int layer) {
    Gpt2Weights.Layer w = weights.layers.get(layer);
    int rows = batch.rows;
    int size = config.embeddingSize();
    normalise(rows, w.ln1Weight(), w.ln1Bias());
    product(rows, act.packed, w.attnQkv(), (from, to) -> {});
    int parts = attention.parts(batch, workers.threads());
    workers.run(
        batch.segments * parts, (task, worker) -> attention.run(batch, layer, task, parts, worker));
    workers.run(
        blocks(rows),
        (block, worker) ->
            forBlock(
                block,
                rows,
                row ->
                    kernels.packRow(
                        act.attended, (long) row * act.rowStride, size, act.packed, row, size, 0)));
    product(rows, act.packed, w.attnProj(), (from, to) -> addToResidual(rows, from, to));
    normalise(rows, w.ln2Weight(), w.ln2Bias());
    product(rows, act.packed, w.mlpFc(), (from, to) -> activate(rows, from, to));
    product(rows, act.packedWide, w.mlpProj(), (from, to) -> addToResidual(rows, from, to));
  }

  /** Layer norm of every row of the residual stream into the packed input. */
  private void normalise(int rows, MemorySegment weight, MemorySegment bias) {
    workers.run(
        blocks(rows),
        (block, worker) ->
            forBlock(block, rows, row -> normaliseRow(row, row, weight, bias, worker)));
  }

  private void normaliseRow(
      int from, int to, MemorySegment weight, MemorySegment bias, int worker) {
    int size = config.embeddingSize();
    MemorySegment row = act.row[worker];
    kernels.layerNorm(
        act.x, (long) from * act.rowStride, size, weight, bias, config.layerNormEpsilon(), row, 0);
    kernels.packRow(row, 0, size, act.packed, to, size, 0);
  }

  /** What is done with the columns from..to of a product while they are hot. */
  @FunctionalInterface
  private interface Epilogue {
    void run(int from, int to);
  }

  private void product(int rows, MemorySegment input, PackedLinear linear, Epilogue epilogue) {
    int panels = linear.panelCount();
    int group = Math.max(2, panels / (workers.threads() * TASKS_PER_WORKER) / 2 * 2);
    workers.run(
        (panels + group - 1) / group,
        (task, worker) -> {
          int from = task * group;
          int to = Math.min(panels, from + group);
          kernels.matmul(
              input,
              rows,
              linear.depth(),
              linear.panels(),
              from,
              to,
              linear.bias(),
              act.wide,
              act.wideStride);
          epilogue.run(from * Kernels.LANES, Math.min(linear.columns(), to * Kernels.LANES));
        });
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
    for (int row = 0; row < rows; row++) {
      long at = (long) row * act.wideStride + from;
      kernels.gelu(act.wide, at, to - from);
      kernels.packRow(act.wide, at, to - from, act.packedWide, row, config.mlpSize(), from);
    }
  }

  private void head(StepBatch batch, int from, int to, LogitsConsumer consumer) {
    int rows = to - from;
    workers.run(
        blocks(rows),
        (block, worker) ->
            forBlock(
                block,
                rows,
                row ->
                    normaliseRow(
                        batch.wanted[from + row],
                        row,
                        weights.lnFWeight,
                        weights.lnFBias,
                        worker)));
    int chunkCount = act.chunkStride / 2;
    workers.run(chunkCount, (chunk, worker) -> chunk(rows, chunk));
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
  }

  /** Logits of one chunk of ids for all rows of the head, and their summaries. */
  private void chunk(int rows, int chunk) {
    int first = chunk * CHUNK;
    int size = Math.min(CHUNK, config.vocabSize() - first);
    int panelFrom = first / Kernels.LANES;
    int panelTo = (first + size + Kernels.LANES - 1) / Kernels.LANES;
    PackedLinear wte = weights.wte;
    kernels.matmul(
        act.packed,
        rows,
        wte.depth(),
        wte.panels(),
        panelFrom,
        panelTo,
        wte.bias(),
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

  @FunctionalInterface
  private interface RowTask {
    void run(int row);
  }

  /** Rows of a packed block share cache lines, so that one worker takes a whole block. */
  private static void forBlock(int block, int rows, RowTask task) {
    int end = Math.min(rows, (block + 1) * Kernels.ROW_BLOCK);
    for (int row = block * Kernels.ROW_BLOCK; row < end; row++) {
      task.run(row);
    }
  }

  private static int blocks(int rows) {
    return (rows + Kernels.ROW_BLOCK - 1) / Kernels.ROW_BLOCK;
  }
}
