package scriptorium.job.store;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.base.Console;
import scriptorium.job.base.OutputException;
import scriptorium.job.testing.RecordingConsole;

/** Locks of live, dead and foreign runs. */
class OutputLockTest {
  private static final Duration WATCH = Duration.ofMillis(200);
  @TempDir Path folder;

  private OutputStore store() {
    return new OutputStore(folder.toString(), new Configuration());
  }

  private Path lockFile() {
    return folder.resolve("_lock");
  }

  private void leave(String host, long pid, Instant renewed) throws Exception {
    Files.writeString(
        lockFile(),
        """
        {"id":"left","host":"%s","pid":%d,"processStarted":"x","renewed":"%s"}
        """
            .formatted(host, pid, renewed));
  }

  @Test
  void aSecondRunIsRefusedAndTheLockIsGivenBack() {
    try (OutputLock lock = OutputLock.take(store(), Console.SILENT)) {
      OutputException refused =
          assertThrows(
              OutputException.class, () -> OutputLock.take(store(), Console.SILENT, WATCH));
      assertTrue(
          refused.getMessage().contains("process " + ProcessHandle.current().pid()),
          refused.getMessage());
      assertTrue(lock.isHeld());
    }
    assertFalse(Files.exists(lockFile()));
    OutputLock.take(store(), Console.SILENT).close();
  }

  @Test
  void theLockOfADeadProcessIsTakenOver() throws Exception {
    leave(InetAddress.getLocalHost().getHostName(), 1, Instant.now()); // 1 lives, but began else
    try (OutputLock lock = OutputLock.take(store(), Console.SILENT, WATCH)) {
      assertTrue(lock.isHeld());
    }
    try (var names = Files.list(folder)) {
      assertEquals(List.of(), names.filter(name -> name.toString().contains("_lock")).toList());
    }
  }

  @Test
  void theLockOfAnotherMachineIsTakenOverOnlyWhenStale() throws Exception {
    leave("elsewhere", 7, Instant.now().minusSeconds(60));
    OutputException refused =
        assertThrows(OutputException.class, () -> OutputLock.take(store(), Console.SILENT, WATCH));
    assertTrue(refused.getMessage().contains("process 7 on elsewhere"), refused.getMessage());
    leave("elsewhere", 7, Instant.now().minusSeconds(600));
    try (OutputLock lock = OutputLock.take(store(), Console.SILENT, WATCH)) {
      assertTrue(lock.isHeld());
    }
  }

  @Test
  void aStaleLockThatIsRenewedWhileItIsWatchedIsNotTakenOver() throws Exception {
    leave("elsewhere", 7, Instant.now().minusSeconds(600));
    RecordingConsole renewing =
        new RecordingConsole(
            () -> assertDoesNotThrow(() -> leave("elsewhere", 7, Instant.now().minusSeconds(590))));
    OutputException refused =
        assertThrows(OutputException.class, () -> OutputLock.take(store(), renewing, WATCH));
    assertTrue(refused.getMessage().contains("process 7 on elsewhere"), refused.getMessage());
    assertEquals(1, renewing.warnings().size());
    assertTrue(
        renewing.warnings().getFirst().contains("watching it"), renewing.warnings().toString());
  }

  @Test
  void aLockThatWasCutShortIsTakenOverWhenItIsOld() throws Exception {
    Files.writeString(lockFile(), "{\"id\":\"le");
    assertThrows(
        OutputException.class,
        () -> OutputLock.take(store(), Console.SILENT, WATCH)); // being written?
    Files.setLastModifiedTime(lockFile(), FileTime.from(Instant.now().minusSeconds(600)));
    OutputLock.take(store(), Console.SILENT, WATCH).close();
  }

  @Test
  void aTakeOverWhoseRunDiedIsNoObstacleForLong() throws Exception {
    leave(InetAddress.getLocalHost().getHostName(), 1, Instant.now());
    Path takeOver = Files.createFile(folder.resolve("_lock.takeover"));
    assertThrows(OutputException.class, () -> OutputLock.take(store(), Console.SILENT, WATCH));
    Files.setLastModifiedTime(takeOver, FileTime.from(Instant.now().minusSeconds(600)));
    OutputLock.take(store(), Console.SILENT, WATCH).close();
    assertFalse(Files.exists(takeOver));
  }

  @Test
  void oneOfManyTakesOverADeadLock() throws Exception {
    for (int round = 0; round < 20; round++) {
      leave(InetAddress.getLocalHost().getHostName(), 1, Instant.now());
      Callable<OutputLock> taker =
          () -> {
            try {
              return OutputLock.take(store(), Console.SILENT, WATCH);
            } catch (OutputException e) {
              return null;
            }
          };
      List<OutputLock> taken = new ArrayList<>();
      try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
        for (Future<OutputLock> result :
            threads.invokeAll(java.util.Collections.nCopies(8, taker))) {
          if (result.get() != null) {
            taken.add(result.get());
          }
        }
      }
      assertEquals(1, taken.stream().filter(OutputLock::isHeld).count(), "round " + round);
      taken.forEach(OutputLock::close);
      assertFalse(Files.exists(lockFile()));
    }
  }

  @Test
  void aRunThatHasLostItsLockPutsNothingInPlace() throws Exception {
    OutputStore store = store();
    OutputLock lock = OutputLock.take(store, Console.SILENT);
    store.guardBy(lock.id());
    store.write("a", out -> out.write(1));
    leave("elsewhere", 7, Instant.now());
    OutputException lost =
        assertThrows(OutputException.class, () -> store.write("a", out -> out.write(2)));
    assertTrue(lost.getMessage().contains("process 7 on elsewhere holds"), lost.getMessage());
    assertEquals(1, Files.readAllBytes(folder.resolve("a"))[0]);
    lock.close();
    assertTrue(Files.readString(lockFile()).contains("elsewhere")); // the other's stays
    Files.delete(lockFile());
    OutputException gone =
        assertThrows(OutputException.class, () -> store.write("a", out -> out.write(2)));
    assertTrue(gone.getMessage().contains("its _lock is gone"), gone.getMessage());
  }
}
