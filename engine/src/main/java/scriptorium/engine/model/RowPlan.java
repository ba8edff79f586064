package scriptorium.engine.model;

import scriptorium.engine.kernel.Kernels;

/**
 * How work on single rows, such as layer norm and packing, is shared out: whole packed blocks, or
 * halves of blocks where that ends sooner. The rows of a block share cache lines, so that two
 * workers in one block are some 17 % slower each (768 floats a row, 2 cores); smaller parts pass
 * lines to and fro. Pure arithmetic, the same on any machine.
 *
 * @param rows rows in all
 * @param size rows of a task
 */
record RowPlan(int rows, int size) {
  private static final int HALF = Kernels.ROW_BLOCK / 2;
  private static final double SHARED_LINES = 1.2;

  /** The plan for so many rows. */
  static RowPlan of(int rows, int threads) {
    RowPlan blocks = new RowPlan(rows, Kernels.ROW_BLOCK);
    RowPlan halves = new RowPlan(rows, HALF);
    return halves.time(threads) * SHARED_LINES < blocks.time(threads) ? halves : blocks;
  }

  /** Number of tasks. */
  int tasks() {
    return Math.ceilDiv(rows, size);
  }

  /** First row of a task. */
  int from(int task) {
    return task * size;
  }

  /** Behind the last row of a task. */
  int to(int task) {
    return Math.min(rows, (task + 1) * size);
  }

  private int time(int threads) {
    return Math.ceilDiv(tasks(), threads) * size;
  }
}
