package scriptorium.engine.model;

import java.lang.foreign.MemorySegment;
import scriptorium.engine.kernel.ChunkedLogits;
import scriptorium.engine.kernel.Halves;
import scriptorium.engine.kernel.Kernels;
import scriptorium.engine.kernel.PackedRows;
import scriptorium.engine.memory.OffHeap;

/**
 * The working memory of one engine's steps: mutable, sized once for the largest step. Row-major
 * parts have rows padded to whole panels; packed parts are laid out for {@link Kernels#matmul}.
 */
final class Activations {
  /** Rows whose logits are held at a time. */
  final int headRows;

  final int rowStride;
  final int wideStride;
  final int logitsStride;
  final int chunkStride;
  final int scoreStride;

  /** The residual stream: (rows, C padded). */
  final MemorySegment x;

  /**
   * Outputs of matrix products, (rows, the larger of 3C and the width of the MLP, padded): also
   * queries, keys and values side by side, which a narrow MLP would leave no room.
   */
  final MemorySegment wide;

  /** Outputs of attention: (rows, C padded). */
  final MemorySegment attended;

  /** Packed inputs of depth C, and of depth 4C. */
  final PackedRows packed;

  final PackedRows packedWide;

  /** (headRows, V padded), and per row and chunk the largest logit and the sum of exponentials. */
  final MemorySegment logits;

  final MemorySegment chunks;

  /**
   * One a worker: a block of rows (ROW_BLOCK, C padded); and scores of the rows of an attention
   * tile, (NH, TILE_ROWS, context padded to whole lines of halves + 16), the last of the 16 for the
   * row's factor.
   */
  final MemorySegment[] block;

  final MemorySegment[] scores;

  Activations(Gpt2Config config, int maxRows, int threads, OffHeap offHeap) {
    int size = config.embeddingSize();
    rowStride = Vectors.padded(size);
    wideStride = wideStride(config);
    logitsStride = Vectors.padded(config.vocabSize());
    chunkStride = ChunkedLogits.summaryFloats(config.vocabSize());
    scoreStride = scoreStride(config);
    x = offHeap.floats((long) maxRows * rowStride);
    wide = offHeap.floats((long) maxRows * wideStride);
    attended = offHeap.floats((long) maxRows * rowStride);
    packed = new PackedRows(maxRows, size);
    packedWide = new PackedRows(maxRows, config.mlpSize());
    headRows = Math.min(HeadPlan.passRows(threads), maxRows);
    logits = offHeap.floats((long) headRows * logitsStride);
    chunks = offHeap.floats((long) headRows * chunkStride);
    block = new MemorySegment[threads];
    scores = new MemorySegment[threads];
    for (int i = 0; i < threads; i++) {
      block[i] = offHeap.floats((long) Kernels.ROW_BLOCK * rowStride);
      scores[i] = offHeap.floats((long) config.numHeads() * Attention.TILE_ROWS * scoreStride);
    }
  }

  /** Bytes off the heap that the constructor takes. */
  static long bytes(Gpt2Config config, int maxRows, int threads) {
    long row = Vectors.padded(config.embeddingSize());
    long headRow =
        Vectors.padded(config.vocabSize()) + (long) ChunkedLogits.summaryFloats(config.vocabSize());
    long scores = (long) config.numHeads() * Attention.TILE_ROWS * scoreStride(config);
    long floats =
        maxRows * (2 * row + wideStride(config))
            + Math.min(HeadPlan.passRows(threads), maxRows) * headRow
            + threads * (Kernels.ROW_BLOCK * row + scores);
    return floats * Float.BYTES;
  }

  /** The logits of a row of a pass of the head. */
  ChunkedLogits logits(int row, int vocabSize) {
    return new ChunkedLogits(
        logits, (long) row * logitsStride, chunks, (long) row * chunkStride, vocabSize);
  }

  private static int wideStride(Gpt2Config config) {
    return Vectors.padded(Math.max(3 * config.embeddingSize(), config.mlpSize()));
  }

  private static int scoreStride(Gpt2Config config) {
    int panel = Halves.LINE_ELEMENTS;
    return Math.ceilDiv(config.contextLength(), panel) * panel + Kernels.LANES;
  }
}
