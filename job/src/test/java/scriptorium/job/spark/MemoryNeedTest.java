package scriptorium.job.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.job.base.OutputException;

/** What an executor may take, and what is refused. */
class MemoryNeedTest {
  private static final long MIB = 1 << 20;
  private static final long HEAP = 1024 * MIB;

  private static MemoryNeed need(long wantedMib, boolean given) {
    return new MemoryNeed(500 * MIB, 72 * MIB, wantedMib * MIB, given);
  }

  @Test
  void aCacheThatWasAskedForIsTakenOrRefused() {
    assertEquals(900 * MIB, need(900, true).cacheBytes((500 + 900 + 1024 + 512) * MIB, HEAP));
    OutputException refused =
        assertThrows(
            OutputException.class,
            () -> need(900, true).cacheBytes((500 + 900 + 1024 + 511) * MIB, HEAP));
    assertEquals(
        "Memory: an executor may take 2,935 MiB and needs 2,936 MiB (weights 500 MiB, KV cache 900 MiB,"
            + " heap 1,024 MiB, the JVM 512 MiB): give it more memory, fewer executors a machine, a"
            + " smaller heap or --cache-memory",
        refused.getMessage());
  }

  /** Of 1,024 slots with an observer; those of a few slots are part of what the JVM has. */
  @Test
  void stepsOfManySlotsCountBesideTheCache() {
    MemoryNeed need = new MemoryNeed(500 * MIB, 200 * MIB, 72 * MIB, 900 * MIB, true);
    long enough = (500 + 200 + 900 + 1024 + 512) * MIB;
    assertEquals(enough, need.total(HEAP));
    assertEquals(900 * MIB, need.cacheBytes(enough, HEAP));
    String refused =
        assertThrows(OutputException.class, () -> need.cacheBytes(enough - 1, HEAP)).getMessage();
    assertTrue(refused.contains("(weights 500 MiB, steps 200 MiB, KV cache 900 MiB"), refused);
    assertTrue(refused.contains("fewer sequences at once"), refused);
  }

  @Test
  void elseTheCacheTakesWhatIsLeft() {
    assertEquals(4000 * MIB, need(4000, false).cacheBytes(20_000 * MIB, HEAP)); // all slots
    assertEquals(964 * MIB, need(4000, false).cacheBytes(3000 * MIB, HEAP)); // the rest
    assertEquals(
        (long) (6000 * MIB * 0.4), need(4000, false).cacheBytes(6000 * MIB, HEAP)); // a share
    assertEquals(72 * MIB, need(4000, false).cacheBytes((500 + 72 + 1024 + 512) * MIB, HEAP));
    assertThrows(
        OutputException.class,
        () -> need(4000, false).cacheBytes((500 + 71 + 1024 + 512) * MIB, HEAP));
  }

  @ParameterizedTest
  @CsvSource({
    "yarn, 4g, '', 4505", // a tenth for the rest
    "yarn, 1g, '', 1408", // 384 MiB at least
    "yarn, 4g, 20g, 24576",
    "'k8s://https://host:443', 4g, 8g, 12288",
  })
  void aContainerIsHeapAndOverhead(String master, String heap, String overhead, long mebibytes) {
    SparkConf conf = new SparkConf(false).setMaster(master).set("spark.executor.memory", heap);
    if (!overhead.isEmpty()) {
      conf.set("spark.executor.memoryOverhead", overhead);
    }
    assertEquals(mebibytes, MemoryNeed.containerLimit(conf) / MIB);
  }

  @Test
  void elsewhereTheMachineIsTheLimit() {
    SparkConf conf = new SparkConf(false).setMaster("spark://host:7077");
    assertEquals(Long.MAX_VALUE, MemoryNeed.containerLimit(conf));
    assertTrue(MemoryNeed.processLimit() > 100 * MIB);
  }
}
