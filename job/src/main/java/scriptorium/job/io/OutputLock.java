package scriptorium.job.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * One writer an output: the file {@code _lock}, created where none is, renewed while the run lives.
 * A lock whose process is dead, or that has not been renewed for two minutes, is taken over.
 */
public final class OutputLock implements AutoCloseable {
  private static final String FILE = "_lock";
  private static final Duration STALE = Duration.ofMinutes(2);
  private static final long RENEWAL_SECONDS = 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ShardStore store;
  private final String id = UUID.randomUUID().toString();
  private final ScheduledExecutorService renewer;

  private OutputLock(ShardStore store) {
    this.store = store;
    renewer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("scriptorium-lock").factory());
  }

  /**
   * Takes the lock of an output.
   *
   * @throws OutputException where another run holds it
   */
  public static OutputLock take(ShardStore store) {
    OutputLock lock = new OutputLock(store);
    byte[] content = lock.content();
    try {
      try {
        store.createNew(FILE, content);
      } catch (IOException e) {
        lock.takeOver(e);
      }
    } catch (IOException e) {
      lock.renewer.shutdownNow();
      throw new OutputException(
          "Output "
              + store.describe(FILE)
              + " cannot be created ("
              + e.getMessage()
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

  private void takeOver(IOException reason) throws IOException {
    if (!store.exists(FILE)) {
      throw reason;
    }
    JsonNode holder;
    try (InputStream in = store.open(FILE)) {
      holder = JSON.readTree(in);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      holder = JSON.createObjectNode(); // cut short by a crash
    }
    if (alive(holder)) {
      throw new OutputException(
          "Output "
              + store.describe("")
              + " is being written by process "
              + holder.path("pid").asLong()
              + " on "
              + holder.path("host").asText()
              + ": wait for it, or give another --out");
    }
    store.delete(FILE);
    store.createNew(FILE, content());
  }

  private static boolean alive(JsonNode holder) {
    if (holder == null || !holder.hasNonNull("renewed")) {
      return false;
    }
    if (holder.path("host").asText().equals(host())) {
      return ProcessHandle.of(holder.path("pid").asLong())
          .filter(process -> startOf(process).equals(holder.path("processStarted").asText()))
          .isPresent();
    }
    return Instant.parse(holder.get("renewed").asText()).isAfter(Instant.now().minus(STALE));
  }

  private byte[] content() {
    ObjectNode holder = JSON.createObjectNode();
    holder.put("id", id);
    holder.put("host", host());
    holder.put("pid", ProcessHandle.current().pid());
    holder.put("processStarted", startOf(ProcessHandle.current()));
    holder.put("renewed", Instant.now().toString());
    return holder.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
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
      store.write(FILE, out -> out.write(content()));
    } catch (OutputException e) {
      System.err.println("scriptorium: the lock could not be renewed: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    renewer.shutdownNow();
    try {
      if (renewer.awaitTermination(10, TimeUnit.SECONDS)) {
        store.delete(FILE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
