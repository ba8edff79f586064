package scriptorium.engine.model;

import java.util.Objects;

/**
 * The ragged input of one step: rows, each one token of one sequence at one position. Rows of a
 * sequence stand together, in ascending positions, as one segment. Filled anew for every step;
 * belongs to the thread that drives the engine.
 */
public final class StepBatch {
  final int[] tokens;
  final int[] positions;
  final CachedSequence[] sequences;
  final int[] firstRows;
  final int[] wanted;
  int rows;
  int segments;
  int wantedCount;

  /** A batch of at most so many rows. */
  public StepBatch(int maxRows) {
    tokens = new int[maxRows];
    positions = new int[maxRows];
    sequences = new CachedSequence[maxRows];
    firstRows = new int[maxRows + 1];
    wanted = new int[maxRows];
  }

  /** Empties the batch. */
  public void clear() {
    java.util.Arrays.fill(sequences, 0, segments, null);
    rows = 0;
    segments = 0;
    wantedCount = 0;
  }

  /** Rows that can still be added. */
  public int room() {
    return tokens.length - rows;
  }

  /** Rows so far. */
  public int rows() {
    return rows;
  }

  /**
   * Adds the next {@code count} tokens of a sequence, which take the positions after those it
   * holds.
   *
   * @return the first row
   * @throws IndexOutOfBoundsException if the source lacks the tokens, or the batch the room
   */
  public int add(CachedSequence sequence, int[] source, int from, int count) {
    Objects.checkFromIndexSize(from, count, source.length);
    Objects.checkFromIndexSize(rows, count, tokens.length);
    int first = rows;
    sequences[segments] = sequence;
    firstRows[segments] = first;
    for (int i = 0; i < count; i++) {
      tokens[first + i] = source[from + i];
      positions[first + i] = sequence.length() + i;
    }
    sequence.extend(count);
    rows += count;
    segments++;
    firstRows[segments] = rows;
    return first;
  }

  /**
   * Asks for the next-token distribution of a row.
   *
   * @return its number among the wanted rows, by which the step's consumer is called
   */
  public int want(int row) {
    wanted[wantedCount] = row;
    wantedCount++;
    return wantedCount - 1;
  }

  /**
   * Checks what the kernels take by address: that the tokens and positions are those of a model,
   * and the pages those of its cache.
   *
   * @throws IllegalArgumentException for a row that is not
   */
  void check(Gpt2Config config, KvCache cache, int maxRows) {
    if (rows > maxRows) {
      throw new IllegalArgumentException(
          "Step of " + rows + " rows on a model for " + maxRows + ": give at most as many");
    }
    for (int row = 0; row < rows; row++) {
      if (tokens[row] < 0
          || tokens[row] >= config.vocabSize()
          || positions[row] >= config.contextLength()) {
        throw new IllegalArgumentException(
            "Token id "
                + tokens[row]
                + " at position "
                + positions[row]
                + " on a model of "
                + config.vocabSize()
                + " ids and "
                + config.contextLength()
                + " positions: give what lies below");
      }
    }
    for (int segment = 0; segment < segments; segment++) {
      if (!sequences[segment].isIn(cache)) {
        throw new IllegalArgumentException(
            "Sequence of another cache in segment " + segment + ": give one of the model's");
      }
    }
  }

  /** Positions that the rows attend to, summed over the rows. */
  long attendedPositions() {
    long sum = 0;
    for (int row = 0; row < rows; row++) {
      sum += positions[row] + 1;
    }
    return sum;
  }

  /** Positions that the sequences hold, summed over the segments. */
  long heldPositions() {
    long sum = 0;
    for (int segment = 0; segment < segments; segment++) {
      sum += sequences[segment].length();
    }
    return sum;
  }
}
