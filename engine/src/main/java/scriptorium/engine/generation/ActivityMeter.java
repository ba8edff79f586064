package scriptorium.engine.generation;

/** Counts what an engine does. Written by the thread that drives it, read by any. */
final class ActivityMeter {
  private final int slots;
  private final int pages;
  private int generatedRows;
  private int scoredRows;
  private volatile long generatedTokens;
  private volatile long scoredTokens;
  private volatile long sequences;
  private volatile int slotsInUse;
  private volatile int pagesInUse;
  private volatile int waiting;

  ActivityMeter(int slots, int pages) {
    this.slots = slots;
    this.pages = pages;
  }

  /** Tokens that the step in the making will draw or score for one sequence. */
  void wanted(boolean generated, int count) {
    if (generated) {
      generatedRows += count;
    } else {
      scoredRows += count;
    }
  }

  /** Rows of the language-model head in the step in the making. */
  int headRows() {
    return generatedRows + scoredRows;
  }

  /** The step is done. */
  void stepped() {
    generatedTokens += generatedRows;
    scoredTokens += scoredRows;
    generatedRows = 0;
    scoredRows = 0;
  }

  void finished() {
    sequences++;
  }

  void holds(int slotsInUse, int pagesInUse, int waiting) {
    this.slotsInUse = slotsInUse;
    this.pagesInUse = pagesInUse;
    this.waiting = waiting;
  }

  Activity read() {
    return new Activity(
        generatedTokens, scoredTokens, sequences, slots, slotsInUse, pages, pagesInUse, waiting);
  }
}
