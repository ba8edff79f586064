package scriptorium.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Cached keys, or values, that attention goes over in one call: some heads of some blocks of
 * {@value Kernels#CACHE_BLOCK} positions that follow each other in a page. A block of keys has
 * panels as in {@link Kernels#attentionScores}, one of values as in {@link Kernels#attentionValues}
 * with {@value Kernels#CACHE_BLOCK} lines a panel; the halves likewise. Offsets and strides are
 * words of 4 bytes.
 *
 * @param memory native memory of the cache
 * @param half whether it holds f16, else f32
 * @param offset where the first head of the first block begins
 * @param headStride from a head to the next
 * @param blockStride from a block to the next
 * @param heads number of heads
 * @param headSize size of a head
 * @param positions number of positions; the last block may be used in part
 */
public record CacheRun(
    MemorySegment memory,
    boolean half,
    long offset,
    long headStride,
    long blockStride,
    int heads,
    int headSize,
    int positions) {
  long at(int block, int head) {
    return offset + block * blockStride + head * headStride;
  }
}
