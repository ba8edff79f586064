package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A row of logits in chunks of token ids, each summarised by its largest logit and the sum of
 * exp(logit - largest). A view; the memory is its owner's.
 *
 * @param logits (vocabSize) f32, from {@code offset} floats on
 * @param summaries (2 a chunk) f32, from {@code summariesOffset} floats on
 * @param vocabSize number of token ids
 */
public record ChunkedLogits(
    MemorySegment logits,
    long offset,
    MemorySegment summaries,
    long summariesOffset,
    int vocabSize) {
  /** Ids of a chunk; the last one may have fewer. */
  public static final int CHUNK = 256;

  /** Chunks of a vocabulary. */
  public static int chunkCount(int vocabSize) {
    return Math.ceilDiv(vocabSize, CHUNK);
  }

  /** Floats of a row's summaries. */
  public static int summaryFloats(int vocabSize) {
    return 2 * chunkCount(vocabSize);
  }

  /** Number of chunks. */
  public int chunkCount() {
    return chunkCount(vocabSize);
  }

  /** Ids of a chunk. */
  public int size(int chunk) {
    return Math.min(CHUNK, vocabSize - chunk * CHUNK);
  }

  /** Where a chunk's logits begin, in floats from the segment's start. */
  public long at(int chunk) {
    return offset + (long) chunk * CHUNK;
  }

  /** The logit of a token. */
  public float logit(int token) {
    return logits.getAtIndex(ValueLayout.JAVA_FLOAT, offset + token);
  }

  /** The largest logit of a chunk. */
  public float max(int chunk) {
    return summaries.getAtIndex(ValueLayout.JAVA_FLOAT, summariesOffset + 2L * chunk);
  }

  /** The sum of exp(logit - largest) of a chunk; 0 where all are minus infinity. */
  public float sum(int chunk) {
    return summaries.getAtIndex(ValueLayout.JAVA_FLOAT, summariesOffset + 2L * chunk + 1);
  }

  /** Summarises a chunk as its logits are now. */
  public void summarise(Kernels kernels, int chunk) {
    float max = kernels.max(logits, at(chunk), size(chunk));
    float sum =
        max == Float.NEGATIVE_INFINITY ? 0 : kernels.sumExp(logits, at(chunk), size(chunk), 1, max);
    set(chunk, max, sum);
  }

  /** Takes over the summary of a chunk that is the same in another row. */
  public void copySummary(ChunkedLogits from, int chunk) {
    set(chunk, from.max(chunk), from.sum(chunk));
  }

  private void set(int chunk, float max, float sum) {
    summaries.setAtIndex(ValueLayout.JAVA_FLOAT, summariesOffset + 2L * chunk, max);
    summaries.setAtIndex(ValueLayout.JAVA_FLOAT, summariesOffset + 2L * chunk + 1, sum);
  }
}
