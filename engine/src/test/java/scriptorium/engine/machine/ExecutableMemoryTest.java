package scriptorium.engine.machine;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RDI;
import static scriptorium.engine.machine.GeneralRegister.RSI;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Code runs from pages that can never be written and executed at once, and what the system refuses
 * is said. On systems other than Linux on x86-64, that is all that there is to test.
 */
class ExecutableMemoryTest {
  static final boolean RUNS_HERE =
      System.getProperty("os.name").equals("Linux")
          && System.getProperty("os.arch").equals("amd64");

  private final List<String> calls = new ArrayList<>();

  /** A function of two longs that adds them, at some offset. */
  private static byte[] adder(int offset) {
    Assembler code = new Assembler();
    for (int i = 0; i < offset; i++) {
      code.ret();
    }
    code.lea(RAX, Address.at(RDI, RSI, 0));
    code.ret();
    return code.code();
  }

  private static MethodHandle function(ExecutableMemory memory, int offset) {
    return memory.function(offset, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG), false);
  }

  /** Lines of the kernel's list of mappings that have the address. */
  private static List<String> mappings(long address) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .filter(
              line -> {
                String[] range = line.substring(0, line.indexOf(' ')).split("-");
                return Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
                    && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
              })
          .toList();
    }
  }

  private static void refused(String message, Runnable placing) {
    assertEquals(message, assertThrows(MachineCodeException.class, placing::run).getMessage());
  }

  @Test
  void otherSystemsAreRefused() {
    for (String system :
        new String[] {"Linux aarch64", "Mac OS X x86_64", "Windows 11 amd64", " "}) {
      refused(
          "the system is " + system + ", not Linux amd64",
          () -> ExecutableMemory.checkSystem(system));
    }
    ExecutableMemory.checkSystem("Linux amd64");
    if (!RUNS_HERE) {
      assertThrows(MachineCodeException.class, () -> ExecutableMemory.of(adder(0)));
      assertThrows(MachineCodeException.class, Processor::current);
    }
  }

  @Test
  void systemOfThisProcessIsAsked() {
    String architecture = System.setProperty("os.arch", "riscv64");
    try {
      refused(
          "the system is " + System.getProperty("os.name") + " riscv64, not Linux amd64",
          () -> ExecutableMemory.of(adder(0)));
    } finally {
      System.setProperty("os.arch", architecture);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16, 4000, 4090, 4091, 4092, 4096, 9000})
  void codeRunsAndCanNoLongerBeWritten(int offset) throws Throwable {
    if (!RUNS_HERE) {
      return;
    }
    byte[] code = adder(offset);
    ExecutableMemory memory = ExecutableMemory.of(code);
    assertEquals(42L, (long) function(memory, offset).invokeExact(40L, 2L));
    assertEquals(memory.address(0) + offset, memory.address(offset));
    assertEquals(0, memory.address(0) % 4096, "code begins at a page");
    for (int at : new int[] {0, code.length - 1}) {
      List<String> mappings = mappings(memory.address(at));
      assertEquals(1, mappings.size(), mappings.toString());
      assertTrue(mappings.getFirst().contains(" r-xp "), mappings.getFirst());
    }
  }

  @Test
  void placesOutsideTheCodeAreRefused() {
    if (!RUNS_HERE) {
      return;
    }
    ExecutableMemory memory = ExecutableMemory.of(adder(0));
    for (int offset : new int[] {-1, adder(0).length, 4095, 4096, Integer.MAX_VALUE}) {
      assertThrows(IndexOutOfBoundsException.class, () -> memory.address(offset));
      assertThrows(IndexOutOfBoundsException.class, () -> function(memory, offset));
    }
    assertThrows(IllegalArgumentException.class, () -> ExecutableMemory.of(new byte[0]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mmap", "mprotect", "munmap"})
  void libraryWithoutAFunctionIsRefused(String missing) {
    if (!RUNS_HERE) {
      return;
    }
    SymbolLookup library = Linker.nativeLinker().defaultLookup();
    refused(
        "the C library has no " + missing,
        () -> PageCalls.of(name -> name.equals(missing) ? Optional.empty() : library.find(name)));
  }

  /** Pages are writable until the code is in them, executable after that, and stay mapped. */
  @Test
  void pagesAreNeverWritableAndExecutable() throws Throwable {
    if (!RUNS_HERE) {
      return;
    }
    ExecutableMemory memory = ExecutableMemory.of(adder(0), recorded(null));
    assertEquals(List.of("mmap 3 34", "mprotect 5 of memory rw-p"), calls, "protection and flags");
    assertEquals(5L, (long) function(memory, 0).invokeExact(2L, 3L));
  }

  @Test
  void refusedMemoryIsSaid() {
    if (!RUNS_HERE) {
      return;
    }
    String refusal =
        assertThrows(
                MachineCodeException.class, () -> ExecutableMemory.of(adder(0), recorded("mmap")))
            .getMessage();
    assertTrue(
        refusal.matches("the system has no memory for 4096 bytes of code, errno \\d+"), refusal);
    assertEquals(List.of("mmap 3 34"), calls);
  }

  @Test
  void refusedExecutionIsSaidAndThePagesAreGivenBack() throws IOException {
    if (!RUNS_HERE) {
      return;
    }
    String refusal =
        assertThrows(
                MachineCodeException.class,
                () -> ExecutableMemory.of(adder(5000), recorded("mprotect")))
            .getMessage();
    assertTrue(
        refusal.matches("memory that may be executed is refused by the system, errno \\d+"),
        refusal);
    assertEquals(
        List.of("mmap 3 34", "mprotect 5 of memory rw-p", "munmap 8192 bytes gives 0"), calls);
  }

  // ---- the system's functions, noted down; one may fail

  private PageCalls recorded(String failing) {
    PageCalls real = PageCalls.of(Linker.nativeLinker().defaultLookup());
    return new PageCalls(
        noted("mmap", real.mmap(), failing),
        noted("mprotect", real.mprotect(), failing),
        noted("munmap", real.munmap(), failing));
  }

  private MethodHandle noted(String name, MethodHandle real, String failing) {
    try {
      MethodHandle note =
          MethodHandles.lookup()
              .findVirtual(
                  ExecutableMemoryTest.class,
                  "call",
                  MethodType.methodType(
                      Number.class, String.class, MethodHandle.class, Object[].class));
      return MethodHandles.insertArguments(
              note.bindTo(this), 0, name, name.equals(failing) ? null : real)
          .asCollector(Object[].class, real.type().parameterCount())
          .asType(real.type());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("unused") // called by its handle
  private Number call(String name, MethodHandle real, Object[] arguments) throws Throwable {
    String before =
        name.equals("mprotect")
            ? mappings((long) arguments[1]).getFirst().split(" ")[1]
            : "nothing";
    Number result = -1;
    if (real != null) {
      result = (Number) real.invokeWithArguments(arguments);
    } else if (name.equals("mmap")) {
      result = -1L;
    }
    calls.add(
        name
            + switch (name) {
              case "mmap" -> " " + arguments[3] + " " + arguments[4];
              case "mprotect" -> " " + arguments[3] + " of memory " + before;
              default -> " " + arguments[2] + " bytes gives " + result;
            });
    return result;
  }
}
