package scriptorium.engine.model;

import scriptorium.engine.kernel.ChunkedLogits;
import scriptorium.engine.kernel.Kernels;

/**
 * How one pass of the language-model head is shared out among threads: its layer norm, and its
 * logits in chunks of {@value ChunkedLogits#CHUNK} ids by ranges of rows.
 *
 * @param perRow layer norm
 * @param logits product with the head's weights; the panels of a task are chunks
 */
record HeadPlan(RowPlan perRow, ProductPlan logits) {
  /** The least rows whose logits are held at a time. */
  private static final int LEAST_ROWS = 96;

  /** Rows of a pass for each thread, so that draws from them even out. */
  private static final int ROWS_PER_THREAD = 3;

  /**
   * Rows whose logits are held at a time: the memory of the head does not grow with the batch, and
   * with the threads only where a thread would have too few rows to draw from.
   */
  static int passRows(int threads) {
    int rows = Math.max(LEAST_ROWS, ROWS_PER_THREAD * threads);
    return Math.ceilDiv(rows, Kernels.ROW_BLOCK) * Kernels.ROW_BLOCK;
  }

  /** The plan of a pass of so many rows. */
  static HeadPlan of(Gpt2Config config, int rows, int threads) {
    int panels = Math.ceilDiv(config.vocabSize(), Kernels.LANES);
    return new HeadPlan(
        RowPlan.of(rows, threads),
        ProductPlan.ofGroups(
            rows, config.embeddingSize(), panels, ChunkedLogits.CHUNK / Kernels.LANES, threads));
  }
}
