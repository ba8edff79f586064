package scriptorium.engine.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Features by the registers of CPUID and XGETBV, bit by bit, and those of this processor. */
class ProcessorTest {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  // Bits by number, as the processor's manual has them.
  private static final int[] FEATURES = {12, 27, 28, 29}; // FMA, OSXSAVE, AVX, F16C
  private static final int AVX2 = 5;
  private static final int[] AVX_512 = {16, 17, 30, 31}; // F, DQ, BW, VL
  private static final int[] STATE_256 = {1, 2}; // xmm, ymm
  private static final int[] STATE_512 = {5, 6, 7}; // masks, upper halves of zmm, zmm16 and above

  private static final Processor BOTH = new Processor(true, true);
  private static final Processor NARROW = new Processor(true, false);
  private static final Processor NEITHER = new Processor(false, false);

  private static int bits(int... numbers) {
    return Arrays.stream(numbers).map(number -> 1 << number).reduce(0, (a, b) -> a | b);
  }

  private static final int FEATURE_BITS = bits(FEATURES);
  private static final int EXTENDED_BITS = bits(AVX_512) | bits(AVX2);
  private static final int STATE_BITS = bits(STATE_256) | bits(STATE_512);

  @Test
  void everythingGivesBothWidths() {
    assertEquals(BOTH, Processor.of(FEATURE_BITS, EXTENDED_BITS, STATE_BITS));
    assertEquals(BOTH, Processor.of(-1, -1, -1));
    assertEquals(NEITHER, Processor.of(0, 0, 0));
  }

  @Test
  void eachFeatureOf256BitsIsNeeded() {
    for (int bit : FEATURES) {
      assertEquals(NEITHER, Processor.of(~bits(bit), -1, -1), "ecx of leaf 1 without " + bit);
    }
    assertEquals(NEITHER, Processor.of(-1, ~bits(AVX2), -1), "AVX-512 without AVX2");
    for (int bit : STATE_256) {
      assertEquals(NEITHER, Processor.of(-1, -1, ~bits(bit)), "state without " + bit);
    }
  }

  @Test
  void eachFeatureOf512BitsIsNeeded() {
    for (int bit : AVX_512) {
      assertEquals(NARROW, Processor.of(-1, ~bits(bit), -1), "ebx of leaf 7 without " + bit);
    }
    for (int bit : STATE_512) {
      assertEquals(NARROW, Processor.of(-1, -1, ~bits(bit)), "state without " + bit);
    }
    assertEquals(NARROW, Processor.of(FEATURE_BITS, bits(AVX2), bits(STATE_256)));
  }

  /** The kernel's list knows the same features, less those that its command line takes away. */
  @Test
  void thisProcessorHasWhatTheKernelSays() throws IOException {
    if (!ExecutableMemoryTest.RUNS_HERE || !Files.exists(CPUINFO)) {
      System.out.println("No list of features to compare with on this system");
      return;
    }
    List<String> flags =
        Files.readAllLines(CPUINFO).stream()
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .map(line -> Arrays.asList(line.split("\\s+")))
            .orElse(List.of());
    if (flags.isEmpty()) {
      System.out.println(CPUINFO + " has no flags to compare with");
      return;
    }
    boolean avx2 = flags.containsAll(List.of("avx", "avx2", "fma", "f16c"));
    boolean avx512 =
        avx2 && flags.containsAll(List.of("avx512f", "avx512dq", "avx512bw", "avx512vl"));
    assertEquals(new Processor(avx2, avx512), Processor.current(), flags.toString());
  }
}
