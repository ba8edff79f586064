package scriptorium.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which kernels run: machine code where it can, and what takes its place where it cannot. */
class KernelProviderTest {
  private static final String WIDTH = "-D" + KernelProvider.PROPERTY + "=";

  @Test
  void machineCodeRunsWhereItCan() {
    String name = KernelProvider.choose(KernelChoice.AUTO, null, true).name();
    if (MachineCode.BITS > 0) {
      assertEquals("machine code " + MachineCode.BITS + " bits", name);
    } else {
      assertTrue(name.matches("Vector API \\d+ bits \\(no machine code: .+\\)"), name);
    }
  }

  @Test
  void propertyForcesTheVectorApiOrTheScalarTwin() {
    assertTrue(
        KernelProvider.choose(KernelChoice.AUTO, "256", true)
            .name()
            .matches("Vector API \\d+ bits"));
    assertEquals("scalar", KernelProvider.choose(KernelChoice.AUTO, "scalar", false).name());
    for (String value : new String[] {"", "64", "machine", "machine-128", "256 ", "SCALAR"}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> KernelProvider.choose(KernelChoice.AUTO, value, true))
              .getMessage();
      assertTrue(message.contains(" is " + value + ": set "), message);
    }
    assertEquals(
        "Vector API not readable: add --add-modules jdk.incubator.vector",
        assertThrows(
                IllegalStateException.class,
                () -> KernelProvider.choose(KernelChoice.AUTO, null, false))
            .getMessage());
  }

  /** Where machine code would not run anyway, that refusal stays. */
  @Test
  void refusedMemoryIsSaidAndTheVectorApiRuns() throws Exception {
    if (MachineCode.BITS > 0) {
      assertFallback(
          "memory that may be executed is refused by the system, errno 13",
          run(List.of(), KernelsOfThisJvm.REFUSE));
    } else {
      assertFallback(MachineCode.REFUSAL, run(List.of()));
    }
  }

  @Test
  void otherSystemsAreSaidAndTheVectorApiRuns() throws Exception {
    String system = System.getProperty("os.name") + " riscv64";
    assertFallback(
        "the system is " + system + ", not Linux amd64", run(List.of("-Dos.arch=riscv64")));
  }

  private static void assertFallback(String reason, List<String> output) {
    assertTrue(
        output.getFirst().startsWith("kernels: Vector API ")
            && output.getFirst().endsWith(" bits (no machine code: " + reason + ")"),
        output.toString());
    assertEquals("same bits: true", output.getLast(), output.toString());
  }

  @Test
  void anOptionForcesEach() {
    assertEquals("scalar", KernelProvider.choose(KernelChoice.SCALAR, "machine-256", true).name());
    assertTrue(
        KernelProvider.choose(KernelChoice.VECTOR_API, null, true)
            .name()
            .matches("Vector API \\d+ bits"));
    if (MachineCode.BITS > 0) {
      assertEquals(
          "machine code " + MachineCode.BITS + " bits",
          KernelProvider.choose(KernelChoice.MACHINE_CODE, null, true).name());
    }
    assertEquals(
        "Unknown kernels avx: give auto|machine-code|vector-api|scalar",
        assertThrows(IllegalArgumentException.class, () -> KernelChoice.of("avx")).getMessage());
  }

  /** A width that is asked for and does not run is an error, not another width. */
  @Test
  void forcedMachineCodeThatIsRefusedFails() throws Exception {
    for (String width : new String[] {"machine-256", "machine-512"}) {
      List<String> output = run(List.of("-Dos.arch=riscv64", WIDTH + width));
      assertTrue(
          output.stream()
              .anyMatch(
                  line ->
                      line.endsWith(
                          "Kernels "
                              + width
                              + " do not run here, as the system is "
                              + System.getProperty("os.name")
                              + " riscv64, not Linux amd64: give auto or vector-api")),
          output.toString());
    }
  }

  /** What {@link KernelsOfThisJvm} prints, without the JVM's warnings. */
  private static List<String> run(List<String> options, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(KernelsOfThisJvm.class.getName());
    command.addAll(Arrays.asList(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output.lines().filter(line -> !line.startsWith("WARNING: ")).toList();
  }
}
