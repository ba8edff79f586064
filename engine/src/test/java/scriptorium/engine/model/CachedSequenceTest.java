package scriptorium.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scriptorium.engine.memory.OffHeap;

class CachedSequenceTest {
  private static final Gpt2Config CONFIG = new Gpt2Config(300, 256, 40, 3, 2, 1e-5f);

  /** The copy has all that the other one has of the positions, and nothing else is touched. */
  @ParameterizedTest
  @EnumSource
  void copiesHoldTheSamePositions(CacheType type) {
    Random random = new Random(5);
    for (int threads : new int[] {1, 2, 9}) {
      for (int count : new int[] {1, 8, 31, 32, 33, 64, 100, 128, 129, 200, 256}) {
        try (OffHeap offHeap = new OffHeap();
            Arena arena = Arena.ofConfined();
            WorkerGroup workers = new WorkerGroup(threads, CachedSequenceTest::thread)) {
          KvCache cache = new KvCache(CONFIG, type, 40, offHeap);
          CachedSequence source = new CachedSequence(cache, 256);
          CachedSequence neighbour = new CachedSequence(cache, 256);
          CachedSequence copy = new CachedSequence(cache, 256);
          for (int position = 0; position < 256; position++) { // pages of both lie mixed
            source.extend(1);
            neighbour.extend(1);
          }
          MemorySegment row = arena.allocate(CONFIG.headSize() * 4L, 64);
          fill(cache, source, row, random);
          fill(cache, neighbour, row, random);
          long before = hash(cache, neighbour, 256);
          copy.copyFrom(source, count, workers);
          assertEquals(count, copy.length());
          assertEquals(hash(cache, source, count), hash(cache, copy, count), count + " positions");
          assertEquals(before, hash(cache, neighbour, 256));
        }
      }
    }
  }

  @Test
  void onlyAnEmptySequenceBecomesACopy() {
    try (OffHeap offHeap = new OffHeap();
        WorkerGroup workers = new WorkerGroup(1, CachedSequenceTest::thread)) {
      KvCache cache = new KvCache(CONFIG, CacheType.F32, 8, offHeap);
      CachedSequence source = new CachedSequence(cache, 256);
      CachedSequence copy = new CachedSequence(cache, 256);
      source.extend(10);
      assertThrows(IllegalArgumentException.class, () -> copy.copyFrom(source, 11, workers));
      copy.copyFrom(source, 10, workers);
      assertThrows(IllegalArgumentException.class, () -> copy.copyFrom(source, 10, workers));
    }
  }

  private static Thread thread(Runnable run) {
    return Thread.ofPlatform().daemon().unstarted(run);
  }

  private static void fill(
      KvCache cache, CachedSequence sequence, MemorySegment row, Random random) {
    for (int position = 0; position < sequence.length(); position++) {
      for (int layer = 0; layer < CONFIG.numLayers(); layer++) {
        for (int head = 0; head < CONFIG.numHeads(); head++) {
          for (int d = 0; d < CONFIG.headSize(); d++) {
            row.setAtIndex(ValueLayout.JAVA_FLOAT, d, random.nextFloat());
          }
          int page = sequence.page(position / cache.pagePositions());
          int place = position % cache.pagePositions();
          cache.store(page, layer, head, place, row.address(), row.address());
        }
      }
    }
  }

  /** Of the panels of keys and lines of values of the first positions. */
  private static long hash(KvCache cache, CachedSequence sequence, int positions) {
    long hash = 0;
    for (int position = 0; position < positions; position++) {
      int page = sequence.page(position / cache.pagePositions());
      int place = position % cache.pagePositions();
      for (int layer = 0; layer < CONFIG.numLayers(); layer++) {
        for (int head = 0; head < CONFIG.numHeads(); head++) {
          long keys = cache.keyOffset(page, layer, head, place) * Float.BYTES;
          long values = cache.valueOffset(page, layer, head, place) * Float.BYTES;
          int lane = place % cache.type().lineElements * cache.type().bytes();
          for (int d = 0; d < CONFIG.headSize(); d++) {
            hash =
                hash * 31
                    + cache.memory().get(ValueLayout.JAVA_SHORT, keys + 64L * d + lane / 2 * 2);
          }
          for (int b = 0; b < 16; b++) {
            hash = hash * 31 + cache.memory().get(ValueLayout.JAVA_INT, values + 4L * b);
          }
        }
      }
    }
    return hash;
  }
}
