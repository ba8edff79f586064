package scriptorium.engine.model;

import scriptorium.engine.kernel.Kernels;

/**
 * How the phases of a step are shared out among threads, attention apart. Follows from the model's
 * shape, the rows and the threads alone; changes no result.
 *
 * @param rows rows of the step
 * @param perRow embeddings, layer norms and packing
 * @param attentionInput product for queries, keys and values
 * @param attentionOutput product behind attention
 * @param mlpUp first product of the MLP
 * @param mlpDown second product of the MLP
 */
record StepPlan(
    int rows,
    RowPlan perRow,
    ProductPlan attentionInput,
    ProductPlan attentionOutput,
    ProductPlan mlpUp,
    ProductPlan mlpDown) {
  /** The plan of a step of so many rows. */
  static StepPlan of(Gpt2Config config, int rows, int threads) {
    int size = config.embeddingSize();
    return new StepPlan(
        rows,
        RowPlan.of(rows, threads),
        ProductPlan.of(rows, size, panels(3 * size), threads),
        ProductPlan.of(rows, size, panels(size), threads),
        ProductPlan.of(rows, size, panels(config.mlpSize()), threads),
        ProductPlan.of(rows, config.mlpSize(), panels(size), threads));
  }

  private static int panels(int columns) {
    return Math.ceilDiv(columns, Kernels.LANES);
  }
}
