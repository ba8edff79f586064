package scriptorium.job.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FSError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.base.OutputException;
import scriptorium.job.testing.DataSets;

/** Files on a local disk that is full, or under names with colons. */
class OutputStoreTest {
  @TempDir Path folder;

  /** Hadoop throws an Error there. */
  @Test
  void aFullDiskIsSaidInOneLineAndLeavesNothing() throws Exception {
    OutputStore store = new OutputStore(folder.resolve("full").toString(), DataSets.HADOOP);
    Constructor<FSError> constructor = FSError.class.getDeclaredConstructor(Throwable.class);
    constructor.setAccessible(true);
    FSError full = constructor.newInstance(new IOException("No space left on device"));
    OutputException failure =
        assertThrows(
            OutputException.class,
            () ->
                store.write(
                    "part",
                    out -> {
                      throw full;
                    }));
    assertTrue(
        failure.getMessage().contains("No space left on device): free space"),
        failure.getMessage());
    try (Stream<Path> left = Files.walk(folder).filter(Files::isRegularFile)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void namesMayHaveColons() throws Exception {
    Path here = Files.createDirectory(folder.resolve("a:b"));
    OutputStore store = new OutputStore(here.toString(), DataSets.HADOOP);
    store.write("c:d.html", out -> out.write("page".getBytes(StandardCharsets.UTF_8)));
    assertEquals("page", Files.readString(here.resolve("c:d.html")));
    assertTrue(store.exists("c:d.html"));
    assertEquals(here.resolve("c:d.html").toString(), store.describe("c:d.html"));
  }
}
