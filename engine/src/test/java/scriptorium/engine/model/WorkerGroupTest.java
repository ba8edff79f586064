package scriptorium.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerGroupTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 9, 17, 64})
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

  /**
   * Many phases of random sizes on more threads than processors, some of them with failing tasks,
   * some after a pause in which the workers park: each task runs once, or is passed over behind a
   * failure, what a task leaves is there for the caller, and the exception thrown is one of the
   * phase's own.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7, 8, 9, 20, 33})
  void phasesOfRandomSizesOnMoreThreadsThanProcessors(int threads) {
    long seed = 31L * threads;
    System.out.println("WorkerGroupTest: threads " + threads + ", seed " + seed);
    Random random = new Random(seed);
    try (WorkerGroup group = new WorkerGroup(threads, Thread.ofPlatform().daemon().factory())) {
      for (int phase = 0; phase < 4000; phase++) {
        int tasks = random.nextInt(3) == 0 ? random.nextInt(4) : random.nextInt(1, 5 * threads);
        int failing = random.nextInt(10) == 0 && tasks > 0 ? random.nextInt(tasks) : -1;
        int work = random.nextInt(3) == 0 ? random.nextInt(3000) : 0;
        if (random.nextInt(200) == 0) {
          LockSupport.parkNanos(2_000_000); // longer than workers spin
        }
        phase(group, phase, tasks, failing, work);
      }
    }
  }

  private static void phase(WorkerGroup group, int phase, int tasks, int failing, int work) {
    int[] runs = new int[tasks]; // plain: the end of the phase makes it visible
    long[] results = new long[tasks];
    AtomicIntegerArray users = new AtomicIntegerArray(group.threads());
    WorkerGroup.Body body =
        (task, worker) -> {
          assertEquals(1, users.incrementAndGet(worker), "two tasks of a worker at once");
          runs[task]++;
          results[task] = spin(phase + task, work);
          users.decrementAndGet(worker);
          if (task == failing || task == failing + 3 && failing >= 0) {
            throw new TaskFailed(phase, task);
          }
        };
    if (failing < 0) {
      group.run(tasks, body);
      for (int task = 0; task < tasks; task++) {
        assertEquals(1, runs[task], "phase " + phase + ", task " + task + " of " + tasks);
        assertEquals(spin(phase + task, work), results[task]);
      }
    } else {
      TaskFailed failed = assertThrows(TaskFailed.class, () -> group.run(tasks, body));
      assertEquals(phase, failed.phase);
      assertTrue(failed.task == failing || failed.task == failing + 3);
      for (int task = 0; task < tasks; task++) {
        assertTrue(runs[task] <= 1, "phase " + phase + ", task " + task + " of " + tasks);
      }
    }
  }

  private static long spin(long value, int steps) {
    long x = value;
    for (int i = 0; i < steps; i++) {
      x = x * 6364136223846793005L + 1442695040888963407L;
    }
    return x;
  }

  private static final class TaskFailed extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int phase;
    private final int task;

    TaskFailed(int phase, int task) {
      super("phase " + phase + ", task " + task);
      this.phase = phase;
      this.task = task;
    }
  }

  /** The first failure is the one thrown, and an error comes as itself. */
  @Test
  void theFirstFailureWins() {
    try (WorkerGroup group = new WorkerGroup(2, Thread.ofPlatform().daemon().factory())) {
      AtomicReference<Throwable> first = new AtomicReference<>();
      CountDownLatch thrown = new CountDownLatch(1);
      Error error =
          assertThrows(
              Error.class,
              () ->
                  group.run(
                      2,
                      (task, worker) -> {
                        if (first.compareAndSet(null, new OutOfMemoryError("of the first"))) {
                          thrown.countDown();
                          throw (Error) first.get();
                        }
                        awaitHere(thrown);
                        while (group.failed() == null) {
                          Thread.onSpinWait();
                        }
                        throw new IllegalStateException("of the second");
                      }));
      assertSame(first.get(), error);
    }
  }

  private static void awaitHere(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A worker that holds no task holds up no phase: here one never gets to run. */
  @Test
  void aPhaseEndsWithoutAWorkerThatDoesNotRun() {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger made = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    try (WorkerGroup group =
        new WorkerGroup(
            3,
            loop -> {
              boolean stopped = made.getAndIncrement() == 0;
              Thread thread =
                  Thread.ofPlatform()
                      .daemon()
                      .unstarted(
                          () -> {
                            if (stopped) {
                              awaitHere(never);
                            }
                            loop.run();
                          });
              threads.add(thread);
              return thread;
            })) {
      for (int phase = 0; phase < 100; phase++) {
        phase(group, phase, 10, -1, 100);
      }
      never.countDown();
      phase(group, 100, 10, -1, 100);
    }
    threads.forEach(WorkerGroupTest::join);
  }

  /**
   * Closing ends the threads, parked or spinning, also in the middle of a phase of the caller's.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 9, 30})
  void closingEndsTheThreads(int threads) {
    for (int pause = 0; pause < 3; pause++) {
      List<Thread> all = new ArrayList<>();
      WorkerGroup group =
          new WorkerGroup(
              threads,
              loop -> {
                Thread thread = Thread.ofPlatform().daemon().unstarted(loop);
                all.add(thread);
                return thread;
              });
      phase(group, 0, 3 * threads, -1, 10);
      LockSupport.parkNanos(pause * 1_000_000L);
      group.close();
      phase(group, 1, 3 * threads, -1, 10); // the caller alone, if need be
      all.forEach(WorkerGroupTest::join);
      assertEquals(threads - 1, all.size());
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An interrupted caller, such as a cancelled Spark task that loads a model, ends its phase. */
  @Test
  void anInterruptedCallerEndsItsPhase() {
    try (WorkerGroup group = new WorkerGroup(4, Thread.ofPlatform().daemon().factory())) {
      AtomicBoolean stays = new AtomicBoolean();
      Thread caller =
          Thread.ofPlatform()
              .start(
                  () -> {
                    Thread.currentThread().interrupt();
                    for (int phase = 0; phase < 50; phase++) {
                      phase(group, phase, 9, -1, 200_000);
                    }
                    stays.set(Thread.currentThread().isInterrupted());
                  });
      join(caller);
      assertTrue(stays.get(), "the interrupt is kept");
    }
  }
}
