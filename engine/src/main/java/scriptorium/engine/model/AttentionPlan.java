package scriptorium.engine.model;

/**
 * How attention of a step is shared out. A task is some rows of a segment and a range of heads; its
 * cost follows the positions that its rows attend to. A decoding sequence is one task, which reads
 * the cache in long runs; a segment of many rows is split by heads, whose keys its tiles then find
 * in the second-level cache. What is still larger than a fraction of a worker's share is split
 * further, a decoding sequence by heads, others by rows, and the larger sequences go first. Belongs
 * to the thread that drives the engine, which plans; workers read.
 */
final class AttentionPlan {
  /** Tasks of the largest size that make a worker's share: the phase ends unevenly by one task. */
  private static final int TASKS_PER_WORKER = 4;

  /** Sequences are sorted by their length in so many steps. */
  private static final int SIZES = 32;

  private final int heads;
  private final int[] segments;
  private final int[] firstRows;
  private final int[] endRows;
  private final int[] firstHeads;
  private final int[] endHeads;
  private final int[] storedSegments;
  private final int[] order;
  private int tasks;
  private int stored;

  /** Room for the plans of steps of at most so many rows. */
  AttentionPlan(int maxRows, int heads) {
    this.heads = heads;
    int most = Math.multiplyExact(maxRows, heads);
    segments = new int[most];
    firstRows = new int[most];
    endRows = new int[most];
    firstHeads = new int[most];
    endHeads = new int[most];
    storedSegments = new int[maxRows];
    order = new int[maxRows];
  }

  /** Lays out the tasks of a step's every layer. */
  void plan(StepBatch batch, int threads) {
    tasks = 0;
    stored = 0;
    long total = batch.attendedPositions();
    long most = threads == 1 ? total : Math.max(1, total / ((long) threads * TASKS_PER_WORKER));
    sort(batch);
    for (int i = 0; i < batch.segments; i++) {
      int segment = order[i];
      int first = batch.firstRows[segment];
      int end = batch.firstRows[segment + 1];
      if (end - first > 1) {
        many(segment, first, end, batch.positions[first], most * heads);
      } else {
        one(segment, first, Math.ceilDiv(batch.positions[first] + 1L, most));
      }
    }
  }

  /** A decoding sequence, in so many parts of its heads if it has as many. */
  private void one(int segment, int row, long wanted) {
    int parts = (int) Math.min(heads, wanted);
    for (int part = 0; part < parts; part++) {
      add(segment, row, row + 1, heads * part / parts, heads * (part + 1) / parts);
    }
  }

  /** A segment of many rows: tasks of one head and at most so many positions, whole tiles. */
  private void many(int segment, int first, int end, int position, long most) {
    long rows = end - first;
    long cost = rows * (position + 1L) + rows * (rows - 1) / 2;
    long size = Math.ceilDiv(cost, Math.ceilDiv(cost, most));
    int row = first;
    while (row < end) {
      long positions = 0;
      int from = row;
      while (row < end && positions < size) {
        int tile = Math.min(Attention.TILE_ROWS, end - row);
        positions += (long) tile * (position + row - first + tile);
        row += tile;
      }
      for (int head = 0; head < heads; head++) {
        add(segment, from, row, head, head + 1);
      }
      if (from == first && row < end) {
        storedSegments[stored] = segment;
        stored++;
      }
    }
  }

  private void add(int segment, int rowFrom, int rowTo, int headFrom, int headTo) {
    segments[tasks] = segment;
    firstRows[tasks] = rowFrom;
    endRows[tasks] = rowTo;
    firstHeads[tasks] = headFrom;
    endHeads[tasks] = headTo;
    tasks++;
  }

  /** Segments of many rows, then the others from the longest to the shortest, roughly. */
  private void sort(StepBatch batch) {
    int[] starts = new int[SIZES + 3];
    int longest = 1;
    for (int row = 0; row < batch.rows; row++) {
      longest = Math.max(longest, batch.positions[row] + 1);
    }
    for (int segment = 0; segment < batch.segments; segment++) {
      starts[size(batch, segment, longest) + 1]++;
    }
    for (int i = 1; i < starts.length; i++) {
      starts[i] += starts[i - 1];
    }
    for (int segment = 0; segment < batch.segments; segment++) {
      int size = size(batch, segment, longest);
      order[starts[size]] = segment;
      starts[size]++;
    }
  }

  private static int size(StepBatch batch, int segment, int longest) {
    int first = batch.firstRows[segment];
    if (batch.firstRows[segment + 1] - first > 1) {
      return 0;
    }
    return 1 + SIZES - (int) ((batch.positions[first] + 1L) * SIZES / longest);
  }

  /** Number of tasks. */
  int tasks() {
    return tasks;
  }

  /**
   * Number of segments whose keys and values have to be in the cache before the first task, since
   * several tasks read what one would write.
   */
  int stored() {
    return stored;
  }

  /** The i-th segment of those. */
  int storedSegment(int i) {
    return storedSegments[i];
  }

  /** Segment of a task. */
  int segment(int task) {
    return segments[task];
  }

  /** First row of a task. */
  int rowFrom(int task) {
    return firstRows[task];
  }

  /** Behind the last row of a task. */
  int rowTo(int task) {
    return endRows[task];
  }

  /** First head of a task. */
  int headFrom(int task) {
    return firstHeads[task];
  }

  /** Behind the last head of a task. */
  int headTo(int task) {
    return endHeads[task];
  }
}
