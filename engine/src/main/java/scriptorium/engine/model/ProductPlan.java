package scriptorium.engine.model;

import scriptorium.engine.kernel.Kernels;

/**
 * How a matrix product is shared out: tasks of some rows by some panels. With few threads a task is
 * a group of panels for all rows, so that weights are read from memory once; where that gives too
 * few or too uneven tasks, rows are split too, in whole packed blocks. Task numbers run over the
 * row ranges of a group of panels first: those who read the same weights do so at the same time.
 * Pure arithmetic, the same on any machine.
 */
final class ProductPlan {
  /** Tasks of a phase for each worker: enough to even out, few enough to keep panels together. */
  private static final int TASKS_PER_WORKER = 12;

  /** Groups of panels that are tried where rows are split: pairs, as kernels take them. */
  private static final int[] GROUP_PAIRS = {1, 2, 3, 4, 6, 8};

  private static final int[] ONE = {1};

  /**
   * Costs of a task beside its products, in products of one block of rows with one panel (3
   * microseconds at a depth of 768 and 100 GFLOP/s): bringing each panel from another core's or the
   * shared cache, each block of rows likewise where they do not all stay in a core's own cache, and
   * the claim.
   */
  private static final double PANEL_COST = 0.25;

  private static final double BLOCK_COST = 0.19;
  private static final double CLAIM_COST = 0.1;

  /** Packed rows that stay in a core's own cache while panels pass. */
  private static final long OWN_CACHE_BYTES = 1 << 20;

  /** Of a task's time, what the phase ends later by workers that are not in step. */
  private static final double UNEVEN = 0.15;

  /** Rows are split only for a gain of so much: the model of costs is no better. */
  private static final double GAIN = 0.95;

  private final int rows;
  private final int blocks;
  private final int panels;
  private final int rowRanges;
  private final int panelGroups;

  /** Panels that stay together: pairs, as kernels take them, or more. */
  private final int unit;

  private ProductPlan(int rows, int panels, int rowRanges, int panelGroups, int unit) {
    this.rows = rows;
    this.panels = panels;
    this.rowRanges = rowRanges;
    this.panelGroups = panelGroups;
    this.unit = unit;
    blocks = Math.ceilDiv(rows, Kernels.ROW_BLOCK);
  }

  /**
   * The plan for a product.
   *
   * @param rows of the input
   * @param depth of the input
   * @param panels of the weights
   * @param threads that share it
   */
  static ProductPlan of(int rows, int depth, int panels, int threads) {
    int group = Math.max(2, panels / (threads * TASKS_PER_WORKER) / 2 * 2);
    ProductPlan columns = new ProductPlan(rows, panels, 1, Math.ceilDiv(panels, group), group);
    return columns.orByRows(depth, threads, 2, GROUP_PAIRS);
  }

  /** The same for tasks that take whole groups of so many panels, the last one fewer. */
  static ProductPlan ofGroups(int rows, int depth, int panels, int group, int threads) {
    ProductPlan columns = new ProductPlan(rows, panels, 1, Math.ceilDiv(panels, group), group);
    return columns.orByRows(depth, threads, group, ONE);
  }

  /** This plan, or a better one that splits the rows too, and the panels into so many units. */
  private ProductPlan orByRows(int depth, int threads, int newUnit, int[] groupUnits) {
    ProductPlan best = this;
    double bestCost = cost(depth, threads) * GAIN;
    int units = Math.ceilDiv(panels, newUnit);
    int lastSize = 0;
    for (int ranges = 2; ranges <= blocks; ranges++) {
      int size = Math.ceilDiv(blocks, ranges);
      if (size != lastSize) {
        for (int group : groupUnits) {
          int groups = Math.ceilDiv(units, group);
          ProductPlan plan = new ProductPlan(rows, panels, ranges, groups, newUnit);
          double cost = plan.cost(depth, threads);
          if (cost < bestCost) {
            best = plan;
            bestCost = cost;
          }
        }
      }
      lastSize = size;
    }
    return best;
  }

  /** Number of tasks. */
  int tasks() {
    return rowRanges * panelGroups;
  }

  /** First row of a task. */
  int rowFrom(int task) {
    return blocks * (task % rowRanges) / rowRanges * Kernels.ROW_BLOCK;
  }

  /** Behind the last row of a task. */
  int rowTo(int task) {
    return Math.min(rows, blocks * (task % rowRanges + 1) / rowRanges * Kernels.ROW_BLOCK);
  }

  /** First panel of a task. */
  int panelFrom(int task) {
    return panel(task / rowRanges);
  }

  /** Behind the last panel of a task. */
  int panelTo(int task) {
    return panel(task / rowRanges + 1);
  }

  private int panel(int group) {
    int units = Math.ceilDiv(panels, unit);
    return Math.min(panels, (int) ((long) units * group / panelGroups) * unit);
  }

  /** Time of the phase, as if every task were as large as the largest. */
  private double cost(int depth, int threads) {
    int taskBlocks = Math.ceilDiv(blocks, rowRanges);
    int taskPanels = Math.ceilDiv(Math.ceilDiv(panels, unit), panelGroups) * unit;
    boolean stays = (long) blocks * Kernels.ROW_BLOCK * depth * Float.BYTES <= OWN_CACHE_BYTES;
    double task =
        (double) taskBlocks * taskPanels
            + PANEL_COST * taskPanels
            + (stays ? 0 : BLOCK_COST * taskBlocks)
            + CLAIM_COST;
    return (Math.ceilDiv(tasks(), threads) + UNEVEN) * task;
  }
}
