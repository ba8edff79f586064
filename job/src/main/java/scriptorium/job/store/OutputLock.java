package scriptorium.job.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import scriptorium.job.base.Console;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.Texts;

/**
 * One writer per output: the file {@code _lock}, created if it is missing, renewed while the run
 * lives. The lock of a dead process of this machine is taken over at once, that of another machine
 * when it has not been renewed for two minutes and is not renewed while this run watches it. A run
 * that finds another run's lock instead of its own has lost it: {@link #checkHeldBy} keeps its
 * files out.
 */
public final class OutputLock implements AutoCloseable {
  static final String FILE = "_lock";
  private static final String TAKE_OVER = "_lock.takeover";
  private static final Duration STALE = Duration.ofMinutes(2);
  private static final long RENEWAL_SECONDS = 20;
  private static final int READS = 20;
  private static final long MILLIS_BETWEEN_READS = 100;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final OutputStore store;
  private final Console console;
  private final Duration watch;
  private final String id = UUID.randomUUID().toString();
  private final ScheduledExecutorService renewer;

  private OutputLock(OutputStore store, Console console, Duration watch) {
    this.console = console;
    this.store = store;
    this.watch = watch;
    renewer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("scriptorium-lock").factory());
  }

  /**
   * Takes the lock of an output.
   *
   * @throws OutputException where another run holds it
   */
  public static OutputLock take(OutputStore store, Console console) {
    return take(store, console, Duration.ofSeconds(RENEWAL_SECONDS * 3 / 2));
  }

  /** The same, with the time for which another machine's stale lock is watched. */
  static OutputLock take(OutputStore store, Console console, Duration watch) {
    OutputLock lock = new OutputLock(store, console, watch);
    try {
      try {
        store.createNew(FILE, lock.content());
      } catch (IOException e) {
        lock.takeOver(e);
      }
    } catch (IOException e) {
      lock.renewer.shutdownNow();
      throw new OutputException(
          "Output "
              + store.describe(FILE)
              + " cannot be created ("
              + Texts.firstLine(e)
              + "): give a folder that can be written",
          e);
    } catch (RuntimeException e) {
      lock.renewer.shutdownNow();
      throw e;
    }
    var unused =
        lock.renewer.scheduleAtFixedRate(
            lock::renew, RENEWAL_SECONDS, RENEWAL_SECONDS, TimeUnit.SECONDS);
    return lock;
  }

  /** What tells this lock from every other. */
  public String id() {
    return id;
  }

  /** Whether no other run has taken it over. */
  public boolean isHeld() {
    try {
      checkHeldBy(store, id);
      return true;
    } catch (IOException | OutputException e) {
      return false;
    }
  }

  /**
   * Passes where a run holds the output's lock.
   *
   * @param id the run's {@link #id}
   * @throws OutputException if the run has lost it to another one
   */
  static void checkHeldBy(OutputStore store, String id) throws IOException {
    JsonNode holder = null;
    for (int i = 0; i < READS && (holder == null || holder.isEmpty()); i++) {
      if (i > 0) {
        pause(MILLIS_BETWEEN_READS); // where it cannot be renewed at once, it is away for a moment
      }
      holder = read(store);
    }
    if (holder == null || !holder.path("id").asText().equals(id)) {
      throw new OutputException(
          "Output "
              + store.describe("")
              + " no longer belongs to this run ("
              + (holder == null ? "its _lock is gone" : told(holder) + " holds its _lock")
              + "): let only one run write it");
    }
  }

  /** The lock's content: empty if it is cut short, null if there is no lock. */
  private static JsonNode read(OutputStore store) throws IOException {
    try (InputStream in = store.open(FILE)) {
      JsonNode holder = JSON.readTree(in);
      return holder instanceof ObjectNode ? holder : JSON.createObjectNode();
    } catch (FileNotFoundException e) {
      return null;
    } catch (JsonProcessingException e) {
      return JSON.createObjectNode();
    }
  }

  private void takeOver(IOException reason) throws IOException {
    JsonNode holder = read(store);
    if (holder == null) {
      throw reason;
    }
    refuseWhereAlive(holder);
    beginTakeOver();
    try {
      if (!holder.equals(read(store))) {
        throw new IOException("another run has just taken it over: run the same command again");
      }
      store.write(FILE, out -> out.write(content()));
    } finally {
      store.delete(TAKE_OVER);
    }
  }

  /** One at a time, so that nobody replaces the lock of one who has just taken it over. */
  private void beginTakeOver() throws IOException {
    try {
      store.createNew(TAKE_OVER, content());
    } catch (IOException e) {
      if (!store.exists(TAKE_OVER)
          || Instant.ofEpochMilli(store.modified(TAKE_OVER)).isAfter(Instant.now().minus(STALE))) {
        throw new IOException("another run is taking it over: run the same command again", e);
      }
      store.delete(TAKE_OVER); // of one who died at it
      store.createNew(TAKE_OVER, content());
    }
  }

  private void refuseWhereAlive(JsonNode holder) throws IOException {
    if (holder.path("host").asText().equals(host())) {
      boolean alive =
          ProcessHandle.of(holder.path("pid").asLong())
              .filter(process -> startOf(process).equals(holder.path("processStarted").asText()))
              .isPresent();
      if (alive) {
        throw inUse(holder, "wait for it, or give another --out");
      }
      return;
    }
    Instant renewed = renewed(holder);
    if (renewed.isAfter(Instant.now().minus(STALE))) {
      throw inUse(
          holder,
          "wait for it, or give another --out; if it is dead, run this again after "
              + STALE.toMinutes()
              + " minutes");
    }
    console.warn(
        store.describe(FILE)
            + " belongs to "
            + told(holder)
            + ", not renewed since "
            + renewed
            + ": watching it for "
            + watch.toSeconds()
            + " s");
    pause(watch.toMillis()); // its clock may differ from ours
    JsonNode later = read(store);
    if (later == null || !later.equals(holder)) {
      throw inUse(later == null ? holder : later, "wait for it, or give another --out");
    }
  }

  private Instant renewed(JsonNode holder) throws IOException {
    try {
      return Instant.parse(holder.path("renewed").asText());
    } catch (java.time.format.DateTimeParseException e) {
      return Instant.ofEpochMilli(store.modified(FILE)); // cut short by a crash, or being written
    }
  }

  private OutputException inUse(JsonNode holder, String remedy) {
    return new OutputException(
        "Output " + store.describe("") + " is being written by " + told(holder) + ": " + remedy);
  }

  private static String told(JsonNode holder) {
    return holder.has("pid")
        ? "process " + holder.path("pid").asLong() + " on " + holder.path("host").asText()
        : "an unknown process";
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutputException("The run was interrupted", e);
    }
  }

  private byte[] content() {
    ObjectNode holder = JSON.createObjectNode();
    holder.put("id", id);
    holder.put("host", host());
    holder.put("pid", ProcessHandle.current().pid());
    holder.put("processStarted", startOf(ProcessHandle.current()));
    holder.put("renewed", Instant.now().toString());
    return holder.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("unknown");
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return ManagementFactory.getRuntimeMXBean().getName();
    }
  }

  private void renew() {
    try {
      checkHeldBy(store, id);
      store.write(FILE, out -> out.write(content()));
    } catch (OutputException | IOException e) {
      console.warn("the lock could not be renewed: " + Texts.firstLine(e));
    }
  }

  @Override
  public void close() {
    renewer.shutdownNow();
    try {
      if (renewer.awaitTermination(10, TimeUnit.SECONDS)) {
        checkHeldBy(store, id);
        store.delete(FILE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | OutputException e) {
      console.warn("the lock could not be released: " + Texts.firstLine(e));
    }
  }
}
