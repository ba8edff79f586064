package scriptorium.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is admitted next: fairness and progress, in simulated time. */
class AdmissionTest {
  /** A row that needs so many pages for so many steps. */
  private record Row(int pages, int steps) {}

  /** A caller of the simulation. */
  private static final class Queue extends Admission.Caller {
    final Deque<Row> waiting = new ArrayDeque<>();

    /** Rows that have not been fed yet. */
    int unfed;

    int inFlight;
    int done;
    boolean gone;

    /**
     * What was admitted of others, and how many callers there were at most, since the wait began.
     */
    int passedOver;

    int mostCallers;

    Queue(Row... rows) {
      waiting.addAll(List.of(rows));
    }

    @Override
    int waitingCount() {
      return waiting.size();
    }

    @Override
    int nextPages() {
      return waiting.getFirst().pages;
    }
  }

  /** A row in flight. */
  private static final class Held {
    final Queue queue;
    final Row row;
    int left;

    Held(Queue queue, Row row) {
      this.queue = queue;
      this.row = row;
      left = row.steps;
    }
  }

  @Test
  void callersAreServedInTheOrderInWhichTheyCame() {
    Admission<Queue> admission = new Admission<>(4, 100);
    Queue first = new Queue(new Row(1, 1), new Row(1, 1));
    Queue second = new Queue(new Row(1, 1), new Row(1, 1), new Row(1, 1));
    admission.add(first);
    admission.add(second);
    for (Queue expected : List.of(first, first, second, second)) {
      assertSame(expected, admission.next());
      expected.waiting.removeFirst();
    }
    assertNull(admission.next());
    admission.ended(1);
    assertSame(second, admission.next());
    assertEquals(List.of(first, second), admission.callers());
  }

  @Test
  void behindARowThatWaitsForPagesNothingIsAdmitted() {
    Admission<Queue> admission = new Admission<>(8, 4);
    Queue first = new Queue(new Row(2, 1), new Row(4, 1));
    Queue second = new Queue(new Row(1, 1));
    admission.add(first);
    admission.add(second);
    assertSame(first, admission.next());
    first.waiting.removeFirst();
    assertNull(admission.next(), "2 of 4 pages are free, for the second caller too");
    admission.ended(2);
    assertSame(first, admission.next());
    first.waiting.removeFirst();
    assertNull(admission.next());
    admission.ended(4);
    assertSame(second, admission.next());
  }

  @Test
  void aCallerThatGoesKeepsWhatItsRowsHoldUntilTheyEnd() {
    Admission<Queue> admission = new Admission<>(1, 4);
    Queue first = new Queue(new Row(4, 1), new Row(4, 1));
    Queue second = new Queue(new Row(4, 1));
    admission.add(first);
    admission.add(second);
    assertSame(first, admission.next());
    first.waiting.removeFirst();
    admission.remove(first);
    assertNull(admission.next());
    admission.ended(4);
    assertSame(second, admission.next());
  }

  @Test
  void moreThanWasReservedIsNotGivenBack() {
    Admission<Queue> admission = new Admission<>(2, 4);
    assertThrows(IllegalStateException.class, () -> admission.ended(0));
    admission.add(new Queue(new Row(3, 1)));
    admission.next();
    assertThrows(IllegalStateException.class, () -> admission.ended(4));
    assertThrows(IllegalStateException.class, () -> admission.ended(-1));
    admission.ended(3);
    assertEquals(0, admission.reservedPages());
  }

  /** An endless caller that came first, and one that wants a single row. */
  @Test
  void anEndlessCallerLetsTheOthersIn() {
    for (int slots : new int[] {1, 2, 7, 64}) {
      Admission<Queue> admission = new Admission<>(slots, 1000);
      Queue endless = new Queue(new Row(1, 1));
      Queue single = new Queue(new Row(1, 1));
      admission.add(endless);
      admission.add(single);
      int before = 0;
      while (admission.next() == endless) { // its first row is never taken
        admission.ended(1);
        before++;
        assertTrue(before <= slots, before + " rows before the single one of " + slots + " slots");
      }
      assertEquals(slots, before);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyRowIsServedAndNobodyWaitsForLong(long seed) {
    for (int run = 0; run < 150; run++) {
      new Simulation(seed * 1000 + run).run();
    }
  }

  /** Callers that come, feed, cancel and go, on a batch of random size. */
  private static final class Simulation {
    final Random random;
    final String name;
    final int slots;
    final int pages;
    final int mostSteps;
    final int mostWaiting;
    final Admission<Queue> admission;
    final List<Held> flights = new ArrayList<>();
    final List<Queue> queues = new ArrayList<>();
    int arrivals;

    Simulation(long seed) {
      random = new Random(seed);
      slots = 1 + random.nextInt(random.nextBoolean() ? 4 : 40);
      pages = 1 + random.nextInt(random.nextBoolean() ? 4 : 60);
      mostSteps = 1 + random.nextInt(30);
      mostWaiting = random.nextBoolean() ? slots : 1 + random.nextInt(3);
      arrivals = 1 + random.nextInt(12);
      admission = new Admission<>(slots, pages);
      name = "seed %d, %d slots, %d pages".formatted(seed, slots, pages);
    }

    void run() {
      int idle = 0;
      while (arrivals > 0 || !queues.isEmpty()) {
        arrive();
        queues.forEach(this::feed);
        int admitted = admit();
        boolean waiting = queues.stream().anyMatch(queue -> !queue.waiting.isEmpty());
        idle = waiting && admitted == 0 && flights.size() < slots ? idle + 1 : 0;
        assertTrue(idle <= mostSteps, name + ": nothing was admitted for " + idle + " steps");
        assertTrue(!waiting || !flights.isEmpty(), name + ": rows wait for an empty batch");
        step();
        leave();
      }
      assertEquals(0, flights.size(), name);
      assertEquals(0, admission.usedSlots(), name);
      assertEquals(0, admission.reservedPages(), name);
      assertEquals(List.of(), admission.callers(), name);
    }

    private void arrive() {
      if (arrivals > 0 && (queues.isEmpty() || random.nextInt(8) == 0)) {
        arrivals--;
        Queue queue = new Queue();
        queue.unfed = random.nextInt(random.nextBoolean() ? 4 : 120);
        queues.add(queue);
        admission.add(queue);
      }
    }

    /** As the callers' threads do: at any time, some or none of what there is room for. */
    private void feed(Queue queue) {
      int room = Math.min(queue.unfed, mostWaiting - queue.waiting.size());
      int most = random.nextInt(4) == 0 ? random.nextInt(room + 1) : room;
      boolean small = random.nextBoolean();
      for (int i = 0; i < most; i++) {
        int needed = small ? 1 : 1 + random.nextInt(pages);
        queue.waiting.add(new Row(needed, 1 + random.nextInt(mostSteps)));
        queue.unfed--;
      }
    }

    private int admit() {
      int admitted = 0;
      for (Queue queue = admission.next(); queue != null; queue = admission.next()) {
        for (Queue other : queues) {
          other.mostCallers = Math.max(other.mostCallers, queues.size());
          if (other != queue && !other.waiting.isEmpty()) {
            other.passedOver++;
            assertTrue(
                other.passedOver <= slots + other.mostCallers - 1,
                () -> name + ": passed over " + other.passedOver + " times");
          }
        }
        queue.passedOver = 0;
        queue.mostCallers = 0;
        flights.add(new Held(queue, queue.waiting.removeFirst()));
        queue.inFlight++;
        admitted++;
        check();
      }
      return admitted;
    }

    private void check() {
      int held = flights.stream().mapToInt(flight -> flight.row.pages).sum();
      assertEquals(held, admission.reservedPages(), name);
      assertTrue(held <= pages, name + ": " + held + " pages held");
      assertEquals(flights.size(), admission.usedSlots(), name);
      assertTrue(flights.size() <= slots, name + ": " + flights.size() + " slots held");
    }

    /** Ends what is done, and what belongs to callers that went. */
    private void step() {
      for (Iterator<Held> it = flights.iterator(); it.hasNext(); ) {
        Held flight = it.next();
        flight.left--;
        if (flight.left == 0 || flight.queue.gone) {
          it.remove();
          flight.queue.inFlight--;
          flight.queue.done++;
          admission.ended(flight.row.pages);
          check();
        }
      }
    }

    /** Callers that have all their rows go; some cancel what they have in flight. */
    private void leave() {
      for (Iterator<Queue> it = queues.iterator(); it.hasNext(); ) {
        Queue queue = it.next();
        boolean finished = queue.unfed + queue.waiting.size() + queue.inFlight == 0;
        if (finished || random.nextInt(200) == 0) {
          queue.gone = true;
          queue.waiting.clear();
          admission.remove(queue);
          it.remove();
        }
      }
      if (queues.isEmpty() && arrivals == 0) {
        step(); // what was cancelled last
      }
    }
  }
}
