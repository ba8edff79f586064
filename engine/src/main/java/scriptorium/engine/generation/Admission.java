package scriptorium.engine.generation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Decides whose row enters the running batch next, and counts the slots and pages that are taken.
 * Callers are served in the order in which they came, as long as they have rows; a caller that was
 * passed over as many times as there are slots goes first. A row that waits for pages keeps all
 * others waiting, so that the pages that become free add up to what it needs.
 *
 * <p>Hence, for the first row of a caller's queue: at most {@code slots + callers - 1} rows of
 * others are admitted before it, and when it is the next one, it is admitted at the latest when all
 * rows in flight have ended. Has no threads and no lock; guarded by the generator's lock.
 *
 * @param <C> the callers
 */
final class Admission<C extends Admission.Caller> {
  /** A queue of rows, one of which at a time is the first. */
  abstract static class Caller {
    /** Rows of others that were admitted while a row waited here, since the last one from here. */
    private int passedOver;

    /** Rows that wait for a slot. */
    abstract int waitingCount();

    /** Pages that the first waiting row may come to need, at most all of the cache. */
    abstract int nextPages();
  }

  private final int slots;
  private final int pages;
  private final List<C> callers = new ArrayList<>();
  private final List<C> view = Collections.unmodifiableList(callers);
  private int usedSlots;
  private int reservedPages;

  /** All slots and pages are free. */
  Admission(int slots, int pages) {
    this.slots = slots;
    this.pages = pages;
  }

  /** Adds a caller behind the others. */
  void add(C caller) {
    callers.add(caller);
  }

  /** Removes a caller; what its rows in flight hold stays reserved until {@link #ended}. */
  void remove(C caller) {
    callers.remove(caller);
  }

  /** The callers of now, in the order in which they came. */
  List<C> callers() {
    return view;
  }

  /** Slots that sequences in flight hold. */
  int usedSlots() {
    return usedSlots;
  }

  /** Pages that are reserved for the sequences in flight. */
  int reservedPages() {
    return reservedPages;
  }

  /**
   * Reserves a slot and pages for the row that is next, which has to leave its queue before this is
   * called again.
   *
   * @return the caller whose first row is admitted; null if no row waits, or if the next one has to
   *     wait for a slot or for pages
   */
  C next() {
    C chosen = usedSlots < slots ? chosen() : null;
    if (chosen == null) {
      return null;
    }
    int needed = chosen.nextPages();
    if (needed > pages - reservedPages) {
      return null;
    }
    usedSlots++;
    reservedPages += needed;
    for (C caller : callers) {
      if (caller.waitingCount() > 0) {
        Caller other = caller;
        other.passedOver++;
      }
    }
    Caller served = chosen;
    served.passedOver = 0;
    return chosen;
  }

  /** The caller whose turn it is, whether or not there is room for its row; null for none. */
  private C chosen() {
    C first = null;
    int most = slots - 1;
    C overdue = null;
    for (C caller : callers) {
      if (caller.waitingCount() > 0) {
        int passedOver = ((Caller) caller).passedOver;
        first = first == null ? caller : first;
        if (passedOver > most) {
          most = passedOver;
          overdue = caller;
        }
      }
    }
    return overdue == null ? first : overdue;
  }

  /**
   * Frees the slot and the pages of a sequence that has left the batch.
   *
   * @throws IllegalStateException if more is given back than was reserved
   */
  void ended(int heldPages) {
    if (usedSlots < 1 || heldPages < 0 || heldPages > reservedPages) {
      throw new IllegalStateException(
          "A sequence gives back "
              + heldPages
              + " pages where "
              + usedSlots
              + " sequences hold "
              + reservedPages);
    }
    usedSlots--;
    reservedPages -= heldPages;
  }
}
