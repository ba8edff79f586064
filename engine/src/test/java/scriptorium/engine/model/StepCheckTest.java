package scriptorium.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import scriptorium.engine.kernel.KernelProvider;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.memory.StoredTensor;

/** What a step takes by address is checked before it begins. */
class StepCheckTest {
  private static final Gpt2Config CONFIG = new Gpt2Config(300, 64, 20, 2, 4, 1e-5f);

  private static Function<String, StoredTensor> zeros(Arena arena) {
    return name -> {
      long[] shape = CanonicalTensors.shapes(CONFIG).get(name);
      long elements = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
      return new StoredTensor(name, DataType.F32, shape, arena.allocate(elements * 4));
    };
  }

  @Test
  void tokensPositionsRowsAndCachesOfOthersAreRefused() {
    try (Arena arena = Arena.ofShared();
        OffHeap offHeap = new OffHeap();
        WorkerGroup workers = new WorkerGroup(2, Thread.ofPlatform().daemon().factory())) {
      Gpt2Weights weights = Gpt2Weights.pack(CONFIG, zeros(arena), offHeap, workers);
      KvCache cache = new KvCache(CONFIG, CacheType.F32, 40, offHeap);
      KvCache other = new KvCache(CONFIG, CacheType.F32, 40, offHeap);
      Gpt2Model model =
          new Gpt2Model(weights, cache, workers, KernelProvider.kernels(), 66, offHeap);
      for (int id : new int[] {-1, 300, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        assertRefused(model, batch(new CachedSequence(cache, 64), new int[] {1, id}, 80));
      }
      assertRefused(model, batch(new CachedSequence(cache, 96), new int[65], 80));
      assertRefused(model, batch(new CachedSequence(other, 64), new int[3], 80));
      StepBatch many = batch(new CachedSequence(cache, 64), new int[40], 80);
      many.add(new CachedSequence(cache, 64), new int[40], 0, 40);
      assertRefused(model, many);
      int[] wanted = new int[1];
      model.step(
          batch(new CachedSequence(cache, 64), new int[64], 80),
          (row, worker, logits) -> wanted[0]++);
      assertEquals(1, wanted[0]);
    }
  }

  private static void assertRefused(Gpt2Model model, StepBatch batch) {
    assertThrows(
        IllegalArgumentException.class, () -> model.step(batch, (row, worker, logits) -> {}));
  }

  private static StepBatch batch(CachedSequence sequence, int[] tokens, int maxRows) {
    StepBatch batch = new StepBatch(maxRows);
    batch.want(batch.add(sequence, tokens, 0, tokens.length));
    return batch;
  }

  @Test
  void rowsThatTheSourceLacksOrTheBatchHasNoRoomForAreRefused() {
    try (OffHeap offHeap = new OffHeap()) {
      KvCache cache = new KvCache(CONFIG, CacheType.F32, 8, offHeap);
      StepBatch batch = new StepBatch(4);
      int[][] ranges = {{-1, 1}, {0, 4}, {3, 1}, {0, -1}, {Integer.MAX_VALUE, 2}};
      for (int[] range : ranges) {
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> batch.add(new CachedSequence(cache, 64), new int[3], range[0], range[1]));
      }
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> batch.add(new CachedSequence(cache, 64), new int[5], 0, 5));
      assertEquals(8, cache.freePages());
      assertEquals(0, batch.rows());
    }
  }

  @Test
  void tensorsOfOtherShapesAreRefused() {
    try (Arena arena = Arena.ofShared();
        OffHeap offHeap = new OffHeap();
        WorkerGroup workers = new WorkerGroup(2, Thread.ofPlatform().daemon().factory())) {
      for (String name : CanonicalTensors.shapes(CONFIG).keySet()) {
        Function<String, StoredTensor> good = zeros(arena);
        Function<String, StoredTensor> wrong =
            asked ->
                asked.equals(name)
                    ? new StoredTensor(asked, DataType.F32, new long[] {2}, arena.allocate(8))
                    : good.apply(asked);
        assertThrows(
            IllegalArgumentException.class,
            () -> Gpt2Weights.pack(CONFIG, wrong, offHeap, workers),
            name);
      }
    }
  }
}
