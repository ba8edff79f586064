package scriptorium.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerGroupTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void everyTaskRunsOnceInEveryPhase(int threads) {
    try (WorkerGroup group = new WorkerGroup(threads, Thread.ofPlatform().daemon().factory())) {
      for (int tasks : new int[] {0, 1, 2, 7, 1000}) {
        for (int phase = 0; phase < 50; phase++) {
          AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
          group.run(
              tasks,
              (task, worker) -> {
                assertTrue(worker >= 0 && worker < threads);
                runs.incrementAndGet(task);
              });
          for (int task = 0; task < tasks; task++) {
            assertEquals(1, runs.get(task));
          }
        }
      }
    }
  }

  @Test
  void anExceptionOfATaskIsThrownAndTheGroupGoesOn() {
    try (WorkerGroup group = new WorkerGroup(3, Thread.ofPlatform().daemon().factory())) {
      IllegalStateException thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  group.run(
                      100,
                      (task, worker) -> {
                        if (task == 57) {
                          throw new IllegalStateException("task 57");
                        }
                      }));
      assertEquals("task 57", thrown.getMessage());
      AtomicIntegerArray runs = new AtomicIntegerArray(10);
      group.run(10, (task, worker) -> runs.incrementAndGet(task));
      for (int task = 0; task < 10; task++) {
        assertEquals(1, runs.get(task));
      }
    }
  }
}
