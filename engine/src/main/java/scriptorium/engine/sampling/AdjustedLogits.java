package scriptorium.engine.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import scriptorium.engine.kernel.ChunkedLogits;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.memory.OffHeap;

/**
 * A copy of a row of logits that a sequence's own tokens change before one is drawn: penalties, in
 * float as transformers does them, and bans, which are logits of minus infinity. Set anew for every
 * row. Belongs to one worker.
 */
public final class AdjustedLogits {
  private final Kernels kernels;
  private final ChunkedLogits adjusted;
  private final boolean[] changed;
  private final LogitsRow row;
  private LogitsRow model;

  /** For a vocabulary; its copy of one row lives in {@code offHeap}. */
  public AdjustedLogits(Kernels kernels, int vocabSize, OffHeap offHeap) {
    this.kernels = kernels;
    row = new LogitsRow(kernels, vocabSize, offHeap);
    adjusted =
        new ChunkedLogits(
            offHeap.floats(vocabSize),
            0,
            offHeap.floats(ChunkedLogits.summaryFloats(vocabSize)),
            0,
            vocabSize);
    changed = new boolean[adjusted.chunkCount()];
  }

  /** Bytes off the heap that the constructor takes. */
  static long bytes(int vocabSize) {
    long summaryFloats = ChunkedLogits.summaryFloats(vocabSize);
    return LogitsRow.bytes() + (vocabSize + summaryFloats) * Float.BYTES;
  }

  /** Begins with the model's row, which is read until {@link #row}. */
  public void start(LogitsRow modelRow) {
    model = modelRow;
    MemorySegment.copy(
        model.logits().logits(),
        model.logits().offset() * Float.BYTES,
        adjusted.logits(),
        0,
        (long) model.vocabSize() * Float.BYTES);
    Arrays.fill(changed, false);
  }

  /**
   * Begins with the model's row and changes it as the settings say.
   *
   * @param tokens whose {@code first..end} are the sequence so far
   * @param drawn how many of them were drawn
   * @param endOfText the end token
   * @return the row as it is then, valid until the next one; null where all is banned
   * @throws NonFiniteException where a finite logit leaves f32
   */
  public LogitsRow adjust(
      LogitsRow modelRow,
      SamplingConfig config,
      int[] tokens,
      int first,
      int end,
      int drawn,
      int endOfText) {
    start(modelRow);
    if (config.repetitionPenalty() != 1) {
      penalize(tokens, first, end, config.repetitionPenalty());
    }
    if (config.noRepeatNgram() > 0) {
      blockRepeats(tokens, first, end, config.noRepeatNgram());
    }
    if (drawn < config.minNewTokens()) {
      ban(endOfText);
    }
    return row();
  }

  /**
   * Divides the positive logits of the tokens {@code from..to} by the penalty and multiplies the
   * others by it, each token once.
   *
   * @throws NonFiniteException where a finite logit leaves f32
   */
  public void penalize(int[] tokens, int from, int to, double penalty) {
    float factor = (float) penalty;
    for (int i = from; i < to; i++) {
      float logit = model.logit(tokens[i]);
      float penalized = logit < 0 ? logit * factor : logit / factor;
      if (Float.isInfinite(penalized) && Float.isFinite(logit)) {
        throw new NonFiniteException(
            "Logit "
                + logit
                + " overflows f32 under repetition penalty "
                + penalty
                + ": give a penalty nearer to 1");
      }
      set(tokens[i], penalized);
    }
  }

  /** Bans what would end an n-gram that the tokens {@code from..to} have already. */
  public void blockRepeats(int[] tokens, int from, int to, int n) {
    int begun = to - (n - 1);
    for (int start = from; start <= to - n; start++) {
      if (Arrays.equals(tokens, start, start + n - 1, tokens, begun, to)) {
        ban(tokens[start + n - 1]);
      }
    }
  }

  /** Bans a token. */
  public void ban(int token) {
    set(token, Float.NEGATIVE_INFINITY);
  }

  private void set(int token, float logit) {
    adjusted.logits().setAtIndex(ValueLayout.JAVA_FLOAT, token, logit);
    changed[token / ChunkedLogits.CHUNK] = true;
  }

  /** The row as it is now, valid until the next {@link #start}; null where all is banned. */
  public LogitsRow row() {
    float max = Float.NEGATIVE_INFINITY;
    for (int chunk = 0; chunk < changed.length; chunk++) {
      if (changed[chunk]) {
        adjusted.summarise(kernels, chunk);
      } else {
        adjusted.copySummary(model.logits(), chunk);
      }
      max = Math.max(max, adjusted.max(chunk));
    }
    if (max == Float.NEGATIVE_INFINITY) {
      return null;
    }
    row.set(adjusted);
    return row;
  }
}
