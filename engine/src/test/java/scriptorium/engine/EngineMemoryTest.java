package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.Gpt2Config;

/** What is foretold of an engine's memory is what it takes. */
class EngineMemoryTest {
  private static final Path BOOKS =
      Path.of(System.getProperty("scriptorium.home"), "datasets", "books-8M");

  @Test
  void weightsAndCachesAreForetold() {
    try (ModelFolder folder = ModelFolder.open(BOOKS);
        Model model = Model.load(folder)) {
      EngineOptions options = new EngineOptions(1, 3, 0, 0, CacheType.F16);
      EngineMemory memory = EngineMemory.of(model.size(), null, options);
      assertTrue(memory.weightBytes() >= model.offHeapBytes(), "weights " + model.offHeapBytes());
      assertTrue(
          memory.weightBytes() < 1.05 * model.offHeapBytes(), "weights " + model.offHeapBytes());
      assertEquals(3 * memory.leastCacheBytes(), memory.mostCacheBytes());
      try (Engine engine =
          new Engine(model, new EngineOptions(1, 3, memory.mostCacheBytes(), 0, CacheType.F16))) {
        Matcher cache = Pattern.compile("KV cache: f16 (\\d+) MiB").matcher(engine.description());
        assertTrue(cache.find(), engine.description());
        assertEquals(memory.mostCacheBytes() >> 20, Long.parseLong(cache.group(1)));
      }
      EngineMemory two = EngineMemory.of(model.size(), folder.size(), options);
      assertEquals(2 * memory.weightBytes(), two.weightBytes());
      assertEquals(2 * memory.leastCacheBytes(), two.leastCacheBytes());
    }
  }

  /** Model and observer, null for none. */
  private static Stream<Arguments> pairs() {
    Model tiny = TestModels.tiny();
    Model books = TestModels.books();
    return Stream.of(
        Arguments.of("tiny", tiny, null),
        Arguments.of("books", books, null),
        Arguments.of("tiny observed by tiny", tiny, tiny),
        Arguments.of("books observed by books", books, books),
        Arguments.of("tiny observed by books", tiny, books));
  }

  /** What is foretold is what the engine's owner of memory hands out, to the byte. */
  @ParameterizedTest(name = "{0}", autoCloseArguments = false)
  @MethodSource("pairs")
  void engineTakesWhatIsForetold(String name, Model model, Model observer) {
    for (CacheType type : CacheType.values()) {
      for (int[] sizes : new int[][] {{1, 1, 1}, {2, 3, 0}, {3, 17, 40}, {1, 300, 0}}) {
        EngineOptions options = new EngineOptions(sizes[0], sizes[1], 0, sizes[2], type);
        EngineMemory memory =
            EngineMemory.of(model.size(), observer == null ? null : observer.size(), options);
        String what = name + " " + options;
        long weights = model.offHeapBytes() + (observer == null ? 0 : observer.offHeapBytes());
        assertEquals(weights, memory.weightBytes(), what);
        long rest = weights + memory.stepBytes();
        for (long cache : new long[] {memory.leastCacheBytes(), memory.mostCacheBytes()}) {
          assertEquals(rest + cache, taken(model, observer, options, cache), what);
        }
        long some = (memory.leastCacheBytes() + memory.mostCacheBytes()) / 2;
        long taken = taken(model, observer, options, some);
        assertTrue(taken <= rest + some, what + " takes " + taken);
        assertTrue(taken >= rest + memory.leastCacheBytes(), what + " takes " + taken);
        assertEquals(
            rest + memory.mostCacheBytes(), taken(model, observer, options, 1L << 40), what);
        String refused =
            assertThrows(
                    IllegalArgumentException.class,
                    () -> taken(model, observer, options, memory.leastCacheBytes() - 1))
                .getMessage();
        assertTrue(refused.endsWith("at least " + memory.leastCacheBytes()), refused);
      }
    }
  }

  private static long taken(Model model, Model observer, EngineOptions options, long cacheBytes) {
    EngineOptions given =
        new EngineOptions(
            options.threads(),
            options.slots(),
            cacheBytes,
            options.stepRows(),
            options.cacheType());
    try (Engine engine = new Engine(model, observer, given)) {
      Matcher bytes = Pattern.compile("off-heap: (\\d+) bytes").matcher(engine.description());
      assertTrue(bytes.find(), engine.description());
      return Long.parseLong(bytes.group(1));
    }
  }

  /** 1,024 slots of 50,257 probabilities are 196 MiB beside the observer's caches. */
  @Test
  void observersDistributionsGrowWithTheSlots() {
    ModelSize released =
        ModelSize.of(new Gpt2Config(50257, 1024, 768, 12, 12, 1e-5f), DataType.F32);
    EngineOptions few = new EngineOptions(2, 256, 0, 0);
    EngineOptions many = new EngineOptions(2, 1024, 0, 0);
    long without = step(released, null, many) - step(released, null, few);
    long with = step(released, released, many) - step(released, released, few);
    assertEquals(768L * 50257 * 4 + without, with - without);
    EngineMemory wide = EngineMemory.of(released, released, many);
    assertEquals(2 * EngineMemory.of(released, null, many).mostCacheBytes(), wide.mostCacheBytes());
  }

  private static long step(ModelSize model, ModelSize observer, EngineOptions options) {
    return EngineMemory.of(model, observer, options).stepBytes();
  }

  /** Sizes whose product no long holds. */
  @Test
  void noSizeOverflows() {
    Gpt2Config huge = new Gpt2Config(1 << 24, 1 << 20, 1 << 16, 1 << 12, 1 << 12, 1e-5f);
    ModelSize size = ModelSize.of(huge, DataType.F32);
    EngineMemory memory = EngineMemory.of(size, size, new EngineOptions(1024, 65_536, 0, 65_536));
    assertEquals(Long.MAX_VALUE, memory.mostCacheBytes());
    assertTrue(memory.weightBytes() > 0 && memory.stepBytes() > 0, memory.toString());
    assertTrue(memory.leastCacheBytes() > 0, memory.toString());
  }
}
