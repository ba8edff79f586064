package scriptorium.engine.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The worker threads of one engine. {@link #run} hands out the numbers of independent tasks to the
 * calling thread (worker 0) and the others, and returns when the last task is done: a worker that
 * the system has put aside holds nobody up unless it holds a task. One thread at a time may call
 * {@code run}.
 *
 * <p>Workers form {@link Teams}. Each team claims its share of a phase's tasks from a counter of
 * its own and then helps the other teams, so that no counter is contended by more than a few
 * workers. Waiting threads spin, since phases of a step follow each other closely, and then park;
 * see {@link Backoff}. Where other processes want the processors, a worker would be put aside for
 * milliseconds with a task in hand, and all would wait for it: so one that loses much of its
 * processor rests, see {@link CpuShare}, and leaves its share of the tasks to the others.
 */
public final class WorkerGroup implements AutoCloseable {
  /** Work that a group shares out; task numbers come in no order that results may depend on. */
  @FunctionalInterface
  public interface Body {
    /** Does task {@code task} of the phase; {@code worker} is 0..threads()-1. */
    void run(int task, int worker);
  }

  /**
   * One call of {@link #run}. {@code endsAt} is the number of tasks done since the group began by
   * which all of the phase are.
   */
  private record Phase(int number, int count, int teams, long endsAt, Body body) {
    int tasksOf(int team) {
      return Teams.tasksOf(team, count, teams);
    }
  }

  /** Longs between counters: two cache lines, as processors fetch lines in pairs. */
  private static final int LINE = 16;

  private static final int LINES_PER_TEAM = 3;

  /** Between two phases of a step the caller does nothing that takes so long. */
  private static final long GAP_NANOS = 200_000;

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  private final Thread[] others;

  private final Teams teams;

  /**
   * For each team, each on lines of its own: the ticket (number of the phase in the upper half,
   * next task of the team in the lower), the number of tasks that its workers have done since the
   * group began, and a bit for each of its workers that is parked.
   */
  private final long[] lines;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Backoff callersBackoff = new Backoff();
  private final CpuShare callersShare = new CpuShare();
  private final AtomicInteger resting = new AtomicInteger();
  private final AtomicBoolean restWanted = new AtomicBoolean();
  private Thread caller;
  private long runEnded;
  private volatile Phase current = new Phase(0, 0, 1, 0, null);
  private volatile boolean closed;

  /**
   * A group of {@code threads} workers, the caller of {@link #run} among them. If a thread cannot
   * be started, those that were end.
   */
  public WorkerGroup(int threads, ThreadFactory factory) {
    if (threads < 1) {
      throw new IllegalArgumentException("Threads " + threads + ": give at least 1");
    }
    teams = new Teams(threads);
    lines = new long[(teams.count() * LINES_PER_TEAM + 1) * LINE];
    others = new Thread[threads - 1];
    for (int team = 0; team < teams.count(); team++) {
      int home = team;
      for (int i = Math.max(1, teams.firstWorker(team)); i < teams.firstWorker(team + 1); i++) {
        int worker = i;
        others[worker - 1] =
            Objects.requireNonNull(factory.newThread(() -> loop(worker, home)), "no thread");
      }
    }
    try {
      for (Thread thread : others) {
        thread.start();
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Number of workers, the calling thread included. */
  public int threads() {
    return others.length + 1;
  }

  /**
   * Runs tasks 0..count-1 and waits for them. Once a task has failed, those that have not begun are
   * passed over, and the first exception is thrown.
   */
  public void run(int count, Body work) {
    if (others.length == 0 || count == 1) {
      for (int i = 0; i < count; i++) {
        work.run(i, 0);
      }
      return;
    }
    if (count <= 0) {
      return;
    }
    if (System.nanoTime() - runEnded > GAP_NANOS || caller != Thread.currentThread()) {
      caller = Thread.currentThread(); // what it did meanwhile is not known
      callersShare.restart();
    }
    Phase last = current;
    int active = teams.active(count);
    Phase phase = new Phase(last.number() + 1, count, active, last.endsAt() + count, work);
    current = phase;
    for (int team = 0; team < active; team++) {
      LONGS.setVolatile(lines, ticket(team), (long) phase.number() << 32);
    }
    wake(0, phase.tasksOf(0) - 1);
    for (int team = 1; team < active; team++) {
      wake(team, 1); // who wakes the others of its team
    }
    work(0, 0, phase);
    awaitEnd(phase);
    if (callersShare.lostMuch()) {
      restWanted.set(true);
    }
    runEnded = System.nanoTime();
    Throwable thrown = failure.getAndSet(null);
    if (thrown instanceof Error e) {
      throw e;
    }
    if (thrown != null) {
      throw (RuntimeException) thrown;
    }
  }

  /** The failure of the phase that runs; null while none of its tasks has failed. */
  Throwable failed() {
    return failure.get();
  }

  /** Ends the threads and waits for their end, a task that one is at included. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    for (Thread thread : others) {
      LockSupport.unpark(thread);
      while (thread.isAlive() && thread != Thread.currentThread()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop(int worker, int home) {
    Backoff backoff = new Backoff();
    CpuShare share = new CpuShare();
    share.restart();
    int seen = 0;
    while (awaitPhase(worker, home, seen, backoff, share)) {
      seen = phaseOf((long) LONGS.getVolatile(lines, ticket(home)));
      Phase phase = current;
      if (phase.number() == seen) { // else it is over, and the next one is being handed out
        if (home > 0) {
          wake(home, phase.tasksOf(home) - 1);
        }
        work(worker, home, phase);
        if (share.lostMuch() || restWanted.get() && restWanted.compareAndSet(true, false)) {
          rest(share);
        }
      }
    }
  }

  /**
   * Lets the processor to others for a while: a worker that is put aside with a task in hand holds
   * up all. At most half of the workers rest.
   */
  private void rest(CpuShare share) {
    if (resting.incrementAndGet() <= threads() / 2) {
      long until = System.nanoTime() + share.restNanos();
      for (long left = until - System.nanoTime(); left > 0 && !closed; ) {
        LockSupport.parkNanos(this, left);
        left = until - System.nanoTime();
      }
      share.rested();
    }
    resting.decrementAndGet();
  }

  /** Waits for a phase other than the one seen; false once the group is closed. */
  private boolean awaitPhase(int worker, int home, int seen, Backoff backoff, CpuShare share) {
    long bit = 1L << (worker - teams.firstWorker(home));
    backoff.begin();
    while (phaseOf((long) LONGS.getVolatile(lines, ticket(home))) == seen) {
      if (closed) {
        return false;
      }
      if (backoff.spin()) {
        continue;
      }
      LONGS.getAndBitwiseOr(lines, parked(home), bit);
      if (phaseOf((long) LONGS.getVolatile(lines, ticket(home))) == seen && !closed) {
        park(share);
      }
      LONGS.getAndBitwiseAnd(lines, parked(home), ~bit);
    }
    return !closed;
  }

  /** Wakes parked workers of a team, so many at most. */
  private void wake(int team, int most) {
    for (int woken = 0; woken < most; woken++) {
      long bits = (long) LONGS.getVolatile(lines, parked(team));
      if (bits == 0) {
        return;
      }
      long bit = Long.lowestOneBit(bits);
      long before = (long) LONGS.getAndBitwiseAnd(lines, parked(team), ~bit);
      if ((before & bit) != 0) { // else another one wakes it
        int worker = teams.firstWorker(team) + Long.numberOfTrailingZeros(bit);
        LockSupport.unpark(others[worker - 1]);
      }
    }
  }

  /** Does tasks of a phase until all are claimed: those of the worker's own team first. */
  private void work(int worker, int home, Phase phase) {
    for (int i = 0; i < phase.teams(); i++) {
      int team = Teams.toHelp(home, i, phase.teams());
      int tasks = phase.tasksOf(team);
      while (true) {
        long ticket = (long) LONGS.getVolatile(lines, ticket(team));
        if (phaseOf(ticket) != phase.number() || (int) ticket >= tasks) {
          break;
        }
        if (LONGS.compareAndSet(lines, ticket(team), ticket, ticket + 1)) {
          task(Teams.task((int) ticket, team, phase.teams()), worker, phase);
          LONGS.getAndAdd(lines, done(home), 1L);
        }
      }
    }
  }

  private void task(int task, int worker, Phase phase) {
    try {
      if (failure.get() == null) {
        phase.body().run(task, worker);
      }
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  /**
   * Waits for the tasks that others have begun. The caller does not park, as it is the one that all
   * wait for next: beside busy processes it would be woken some milliseconds late.
   */
  private void awaitEnd(Phase phase) {
    callersBackoff.begin();
    while (tasksDone() != phase.endsAt()) {
      if (!callersBackoff.spin()) {
        Thread.yield();
      }
    }
  }

  private void park(CpuShare share) {
    long from = System.nanoTime();
    LockSupport.park(this);
    share.wasParked(System.nanoTime() - from);
  }

  private long tasksDone() {
    long sum = 0;
    for (int team = 0; team < teams.count(); team++) {
      sum += (long) LONGS.getVolatile(lines, done(team));
    }
    return sum;
  }

  private static int phaseOf(long ticket) {
    return (int) (ticket >>> 32);
  }

  private static int ticket(int team) {
    return (team * LINES_PER_TEAM + 1) * LINE;
  }

  private static int done(int team) {
    return ticket(team) + LINE;
  }

  private static int parked(int team) {
    return ticket(team) + 2 * LINE;
  }
}
