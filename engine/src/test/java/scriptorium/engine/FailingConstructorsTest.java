package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.WorkerGroup;

/** A constructor that fails leaves no thread and no mapping behind. */
class FailingConstructorsTest {
  private static final int TIMES = 12;

  /** Calls that fail, and assert so. */
  @FunctionalInterface
  private interface Failing {
    void run() throws Exception;
  }

  /** What a failure may leave: the heap grows, and the C library keeps pools for threads. */
  private static final long NOISE = 400L << 20;

  @BeforeAll
  static void loadClasses() {
    new Engine(TestModels.tiny(), new EngineOptions(2, 2, 0, 0)).close();
  }

  /**
   * The hidden layer is so wide that the working memory for 65,536 rows cannot be had, after the
   * cache was taken and the workers were started.
   */
  @Test
  void anEngineThatHasNoRoomForItsSteps() throws Exception {
    try (Model wide = wide()) {
      EngineOptions options = new EngineOptions(9, 65_536, 256L << 20, 65_536);
      assertLeavesNothing(
          () -> assertThrows(Throwable.class, () -> new Engine(wide, options).close()));
      assertLeavesNothing(
          () -> assertThrows(Throwable.class, () -> new Engine(wide, wide, options).close()));
      new Engine(wide, new EngineOptions(2, 2, 0, 2)).close(); // the model is not harmed
    }
  }

  @Test
  void anEngineWhoseObserverHasNoRoom() throws Exception {
    Gpt2Config tiny = TestModels.tiny().config();
    EngineOptions options = new EngineOptions(9, 65_536, 256L << 20, 65_536);
    try (Model wide = wide()) {
      assertEquals(tiny.contextLength(), wide.config().contextLength());
      assertLeavesNothing(
          () ->
              assertThrows(
                  Throwable.class, () -> new Engine(TestModels.tiny(), wide, options).close()));
    }
  }

  @Test
  void anEngineWithTooSmallOrTooLargeACache() throws Exception {
    for (long bytes : new long[] {1, 1000, Long.MAX_VALUE}) {
      EngineOptions options = new EngineOptions(9, 65_536, bytes, 0);
      try (Model large = Model.read(new ByteArrayInputStream(ZeroTensors.stream(longContext())))) {
        assertLeavesNothing(
            () -> assertThrows(Throwable.class, () -> new Engine(large, options).close()));
      }
    }
  }

  @Test
  void anEngineOfAClosedModel() throws Exception {
    Model closed = wide();
    closed.close();
    assertLeavesNothing(
        () -> {
          EngineOptions options = new EngineOptions(9, 4, 0, 0);
          assertThrows(IllegalStateException.class, () -> new Engine(closed, options));
          assertThrows(
              IllegalStateException.class, () -> new Engine(TestModels.tiny(), closed, options));
        });
  }

  @Test
  void aModelWhoseStreamEndsEarly() throws Exception {
    byte[] stream = ZeroTensors.stream(wideConfig());
    assertLeavesNothing(
        () -> {
          for (int length : new int[] {stream.length - 1, stream.length / 2}) {
            byte[] cut = Arrays.copyOf(stream, length);
            assertThrows(IOException.class, () -> Model.read(new ByteArrayInputStream(cut)));
          }
        });
  }

  @Test
  void aFolderWithATokenizerThatIsDamaged() throws Exception {
    Path folder = TestModels.tinyFolder("tiny");
    Files.writeString(folder.resolve("encoder.json"), "{\"a\": [[[");
    long before = mappings(folder);
    for (int i = 0; i < TIMES; i++) {
      assertThrows(ModelException.class, () -> ModelFolder.open(folder));
    }
    assertEquals(before, mappings(folder));
  }

  @Test
  void aGroupOneOfWhoseThreadsDoesNotStart() throws Exception {
    for (int failing = 0; failing < 8; failing++) {
      int last = failing;
      assertLeavesNothing(
          () -> {
            assertThrows(OutOfMemoryError.class, () -> new WorkerGroup(9, notStarting(last)));
            assertThrows(
                RuntimeException.class,
                () -> {
                  AtomicInteger count = new AtomicInteger();
                  new WorkerGroup(
                      9,
                      body -> {
                        if (count.getAndIncrement() == last) {
                          throw new IllegalStateException("no thread");
                        }
                        return new Thread(body);
                      });
                });
            assertThrows(RuntimeException.class, () -> new WorkerGroup(9, body -> null));
          });
    }
  }

  private static ThreadFactory notStarting(int last) {
    AtomicInteger count = new AtomicInteger();
    return body ->
        new Thread(body) {
          private final int number = count.getAndIncrement();

          @Override
          public void start() {
            if (number == last) {
              throw new OutOfMemoryError("unable to create native thread");
            }
            super.start();
          }
        };
  }

  @Test
  void memoryThatIsAskedForAfterTheEnd() throws Exception {
    OffHeap closed = new OffHeap();
    closed.close();
    closed.close();
    assertLeavesNothing(
        () -> assertThrows(IllegalStateException.class, () -> closed.allocate(512L << 20)));
  }

  private static void assertLeavesNothing(Failing failing) throws Exception {
    failing.run(); // what is loaded and started once
    long threads = threads();
    long mapped = mapped();
    for (int i = 0; i < TIMES; i++) {
      failing.run();
    }
    assertEquals(threads, threads(), "worker threads are left");
    long more = mapped() - mapped;
    assertTrue(more < NOISE, (more >> 20) + " MiB more are mapped");
  }

  /** Platform threads that are no thread of the JDK or of the tests' own. */
  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(
            thread ->
                thread.getName().startsWith("scriptorium-")
                    || thread.getName().startsWith("Thread-"))
        .count();
  }

  /** Bytes of the address space that the process has mapped. */
  private static long mapped() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmSize:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException("No VmSize in /proc/self/status");
  }

  private static long mappings(Path folder) throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains(folder.toString())).count();
    }
  }

  private static Gpt2Config wideConfig() {
    return new Gpt2Config(50_257, 64, 8, 1, 1, 1e-5f, 1 << 18, true, false);
  }

  /** 65,536 slots of it are more than any machine holds. */
  private static Gpt2Config longContext() {
    return new Gpt2Config(50_257, 1 << 20, 4, 4, 1, 1e-5f, 16, true, false);
  }

  private static Model wide() throws IOException {
    return Model.read(new ByteArrayInputStream(ZeroTensors.stream(wideConfig())));
  }
}
