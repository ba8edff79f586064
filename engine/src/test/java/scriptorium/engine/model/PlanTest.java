package scriptorium.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import scriptorium.engine.kernel.Kernels;

/** Plans share out everything once, in whole blocks, and leave two threads the order they have. */
class PlanTest {
  private static final int[] THREADS = {1, 2, 3, 4, 7, 8, 16, 24, 64, 128, 1024};

  @Test
  void productsAreCoveredOnce() {
    Random random = new Random(19);
    System.out.println("PlanTest: seed 19");
    for (int i = 0; i < 2000; i++) {
      int rows = 1 + random.nextInt(random.nextInt(10) == 0 ? 1600 : 300);
      int panels = 1 + random.nextInt(400);
      int depth = 1 + random.nextInt(6400);
      int threads = THREADS[random.nextInt(THREADS.length)];
      String what = rows + " rows, " + panels + " panels, " + depth + ", " + threads + " threads";
      covers(ProductPlan.of(rows, depth, panels, threads), rows, panels, 1, what);
      covers(ProductPlan.ofGroups(rows, depth, panels, 16, threads), rows, panels, 16, what);
    }
  }

  private static void covers(ProductPlan plan, int rows, int panels, int unit, String what) {
    int blocks = Math.ceilDiv(rows, Kernels.ROW_BLOCK);
    int[] done = new int[blocks * panels];
    for (int task = 0; task < plan.tasks(); task++) {
      assertEquals(0, plan.rowFrom(task) % Kernels.ROW_BLOCK, what);
      assertTrue(plan.rowFrom(task) < plan.rowTo(task), what);
      assertTrue(plan.rowTo(task) <= rows, what);
      assertTrue(plan.rowTo(task) == rows || plan.rowTo(task) % Kernels.ROW_BLOCK == 0, what);
      assertTrue(plan.panelFrom(task) < plan.panelTo(task), what);
      assertEquals(0, plan.panelFrom(task) % unit, what);
      assertTrue(unit == 1 || plan.panelTo(task) - plan.panelFrom(task) <= unit, what);
      for (int panel = plan.panelFrom(task); panel < plan.panelTo(task); panel++) {
        for (int row = plan.rowFrom(task); row < plan.rowTo(task); row += Kernels.ROW_BLOCK) {
          done[row / Kernels.ROW_BLOCK * panels + panel]++;
        }
      }
    }
    for (int count : done) {
      assertEquals(1, count, what);
    }
  }

  @Test
  void rowsAreCoveredOnceInParts() {
    for (int threads : THREADS) {
      for (int rows = 1; rows < 400; rows++) {
        RowPlan plan = RowPlan.of(rows, threads);
        int next = 0;
        for (int task = 0; task < plan.tasks(); task++) {
          assertEquals(next, plan.from(task));
          next = plan.to(task);
          assertTrue(plan.from(task) < next);
          assertEquals(
              plan.from(task) / Kernels.ROW_BLOCK, (next - 1) / Kernels.ROW_BLOCK, "one block");
        }
        assertEquals(rows, next);
      }
    }
  }

  /** Weights are read from memory once: a task of few threads has all rows. */
  @Test
  void twoThreadsSplitNoRows() {
    for (int rows = 1; rows <= 256; rows++) {
      for (int size : new int[] {768, 1024, 1280, 1600}) {
        StepPlan plan = StepPlan.of(shape(size), rows, 2);
        for (ProductPlan product : products(plan)) {
          for (int task = 0; task < product.tasks(); task++) {
            assertEquals(0, product.rowFrom(task));
            assertEquals(rows, product.rowTo(task));
          }
        }
        assertTrue(rows < 96 || plan.perRow().size() == Kernels.ROW_BLOCK, "whole blocks");
      }
    }
  }

  static ProductPlan[] products(StepPlan plan) {
    return new ProductPlan[] {
      plan.attentionInput(), plan.attentionOutput(), plan.mlpUp(), plan.mlpDown()
    };
  }

  static Gpt2Config shape(int size) {
    int layers = size == 768 ? 12 : size == 1024 ? 24 : size == 1280 ? 36 : 48;
    int heads = size == 1600 ? 25 : size / 64;
    return new Gpt2Config(50257, 1024, size, layers, heads, 1e-5f);
  }
}
