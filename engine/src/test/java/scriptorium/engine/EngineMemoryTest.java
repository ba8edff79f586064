package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import scriptorium.engine.model.CacheType;

/** What is foretold of an engine's memory is what it takes. */
class EngineMemoryTest {
  private static final Path BOOKS =
      Path.of(System.getProperty("scriptorium.home"), "datasets", "books-8M");

  @Test
  void weightsAndCachesAreForetold() {
    try (ModelFolder folder = ModelFolder.open(BOOKS);
        Model model = Model.load(folder)) {
      EngineOptions options = new EngineOptions(1, 3, 0, 0, CacheType.F16);
      EngineMemory memory = EngineMemory.of(model.config(), null, options);
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
      EngineMemory two = EngineMemory.of(model.config(), model.config(), options);
      assertEquals(2 * memory.weightBytes(), two.weightBytes());
      assertEquals(2 * memory.leastCacheBytes(), two.leastCacheBytes());
    }
  }
}
