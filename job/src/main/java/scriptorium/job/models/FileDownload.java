package scriptorium.job.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import scriptorium.engine.ModelException;
import scriptorium.job.base.Sha256;
import scriptorium.job.models.PieceJournal.Version;

/**
 * One file on its way: pieces are asked for side by side, asked for again after stalls and cuts,
 * and kept in {@code NAME.part} until all are there and the file is what is known of it; then it
 * gets its name. A run that is killed goes on from the pieces that it had. Used once.
 */
final class FileDownload {
  private static final int BUFFER = 1 << 16;
  private static final int RESTARTS = 1;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final HttpClient client;
  private final URI address;
  private final KnownFile known;
  private final Path target;
  private final Path part;
  private final FetchSettings settings;
  private final FetchProgress progress;
  private final PieceJournal journal;
  private volatile boolean answered;
  private volatile boolean announced;

  /** The file on the server is not the one whose pieces are kept. */
  private static final class ChangedException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  FileDownload(
      HttpClient client,
      URI address,
      Path target,
      KnownFile known,
      FetchSettings settings,
      FetchProgress progress)
      throws IOException {
    this.client = client;
    this.address = address;
    this.known = known;
    this.target = target;
    this.settings = settings;
    this.progress = progress;
    part = part(target);
    journal =
        new PieceJournal(
            target.resolveSibling(target.getFileName() + ".pieces"), settings.pieceBytes());
    if (!Files.exists(part)) {
      journal.discard();
    }
  }

  private static Path part(Path target) {
    return target.resolveSibling(target.getFileName() + ".part");
  }

  /** Deletes a file, or what has come of it, and says whether there was anything. */
  static boolean drop(Path target) throws IOException {
    boolean begun = Files.deleteIfExists(part(target)); // its journal counts for nothing then
    return Files.deleteIfExists(target) || begun;
  }

  /**
   * Fetches the file unless it is there.
   *
   * @throws UnreachableException where it does not come
   * @throws ModelException where it is another file than the known one
   */
  void run() throws IOException, InterruptedException {
    if (Files.exists(target)) {
      return;
    }
    for (int restart = 0; ; restart++) {
      String fault;
      try {
        fetch();
        fault = fault();
      } catch (ChangedException e) {
        fault = "changes on the server while it is fetched";
      }
      if (fault == null) {
        break;
      }
      journal.discard();
      Files.deleteIfExists(part);
      if (restart == RESTARTS) {
        throw new ModelException(
            "File " + address + " " + fault + ": give another --base-url, or try again later");
      }
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    journal.discard();
  }

  private void fetch() throws IOException, InterruptedException {
    try (FileChannel file =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      boolean ranges = false;
      for (int piece = journal.firstMissing(); piece >= 0 && !ranges; ) {
        ranges = patiently(file, piece, true);
        piece = journal.firstMissing();
      }
      if (journal.firstMissing() >= 0) {
        side(file);
      }
      file.truncate(journal.version().size());
      file.force(true);
    }
  }

  /** Fetches what is missing over several connections. */
  private void side(FileChannel file) throws IOException, InterruptedException {
    AtomicInteger next = new AtomicInteger();
    try (ExecutorService workers =
        Executors.newFixedThreadPool(
            settings.connections(),
            Thread.ofPlatform().daemon().name("scriptorium-fetch-", 1).factory())) {
      List<Future<?>> futures = new ArrayList<>();
      for (int i = 0; i < settings.connections(); i++) {
        futures.add(
            workers.submit(
                () -> {
                  try {
                    for (int piece = next.getAndIncrement();
                        piece < journal.pieces();
                        piece = next.getAndIncrement()) {
                      if (!journal.isDone(piece)) {
                        patiently(file, piece, false);
                      }
                    }
                    return null;
                  } finally {
                    next.set(journal.pieces()); // after a failure the others stop as well
                  }
                }));
      }
      try {
        for (Future<?> future : futures) {
          future.get();
        }
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case RuntimeException cause -> throw cause;
          case IOException cause -> throw cause;
          default -> throw new IllegalStateException(e.getCause());
        }
      } finally {
        workers.shutdownNow();
      }
    }
  }

  /**
   * Fetches a piece, however often that takes; returns whether the server knows ranges.
   *
   * @param onward whether more than the piece may be kept of a whole file that the server sends
   */
  private boolean patiently(FileChannel file, int piece, boolean onward)
      throws IOException, InterruptedException {
    long[] at = {(long) piece * settings.pieceBytes()};
    int failures = 0;
    Duration pause = settings.backoff();
    while (true) {
      long before = at[0];
      try {
        return piece(file, piece, at, onward);
      } catch (UncheckedIOException e) {
        throw e.getCause(); // our own disk's
      } catch (RangeReply.NoSuchRangeException e) {
        throw new ChangedException();
      } catch (IOException e) {
        if (at[0] > before) {
          failures = 0;
          pause = settings.backoff();
        }
        failures++;
        boolean nobody = !answered && e instanceof ConnectException;
        if (failures >= (nobody ? Math.min(2, settings.attempts()) : settings.attempts())) {
          throw new UnreachableException(address, e);
        }
      }
      Thread.sleep(pause);
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
    }
  }

  /** One request for what is left of a piece; {@code at[0]} follows what is written. */
  private boolean piece(FileChannel file, int piece, long[] at, boolean onward)
      throws IOException, InterruptedException {
    long pieceEnd = (piece + 1L) * settings.pieceBytes();
    Version kept = journal.version();
    long last = (kept == null ? pieceEnd : Math.min(pieceEnd, kept.size())) - 1;
    try (RangeReply reply = RangeReply.ask(client, address, at[0], last, settings.stall())) {
      answered = true;
      Version version = accept(reply.version());
      long end = Math.min(version.size(), onward && reply.isWhole() ? Long.MAX_VALUE : pieceEnd);
      if (reply.start() > at[0]) {
        throw new IOException("another part of the file than was asked for");
      }
      copy(reply, file, at, end);
      return !reply.isWhole();
    }
  }

  /** The version whose pieces are kept, which the server's must be. */
  private synchronized Version accept(Version version) throws IOException {
    known.check(address, version);
    if (journal.version() == null) {
      ownDisk(() -> journal.begin(version));
    } else if (!journal.version().equals(version)) {
      throw new ChangedException();
    }
    if (!announced) {
      announced = true;
      needRoom(version.size() - journal.bytes());
      progress.begin(target.getFileName().toString(), version.size(), journal.bytes());
    }
    return version;
  }

  private void needRoom(long bytes) throws IOException {
    long room = Files.getFileStore(part.toAbsolutePath().getParent()).getUsableSpace();
    if (bytes > room) {
      throw new ModelException(
          "File "
              + target.getFileName()
              + " needs "
              + (bytes >> 20)
              + " MiB more and "
              + part.toAbsolutePath().getParent()
              + " has "
              + (room >> 20)
              + " MiB left: make room or give another --models-dir");
    }
  }

  private void copy(RangeReply reply, FileChannel file, long[] at, long end) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long position = reply.start();
    while (position < end) {
      int count = reply.read(buffer, 0, (int) Math.min(BUFFER, end - position));
      if (count < 0) {
        throw new IOException("the file is cut at byte " + position);
      }
      long skip = Math.min(count, Math.max(0, at[0] - position)); // there from an earlier request
      if (skip < count) {
        write(file, ByteBuffer.wrap(buffer, (int) skip, (int) (count - skip)), at);
      }
      position += count;
    }
  }

  /** Writes where the file has come to, and notes the pieces that this completes. */
  private void write(FileChannel file, ByteBuffer bytes, long[] at) {
    ownDisk(
        () -> {
          int piece = (int) (at[0] / settings.pieceBytes());
          progress.add(bytes.remaining());
          while (bytes.hasRemaining()) {
            at[0] += file.write(bytes, at[0]);
          }
          long size = journal.version().size();
          for (; piece < journal.pieces(); piece++) {
            if (Math.min(size, (piece + 1L) * settings.pieceBytes()) > at[0]) {
              break;
            }
            journal.done(piece);
          }
        });
  }

  /** What is done to the disk, whose failures are not the network's. */
  private interface DiskWork {
    void run() throws IOException;
  }

  private static void ownDisk(DiskWork work) {
    try {
      work.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong with the whole file; null where nothing is, or nothing is known. */
  private String fault() throws IOException {
    String expected = known.sha256() == null ? journal.version().sha256() : known.sha256();
    if (expected.isEmpty()) {
      return null;
    }
    String found;
    try (InputStream in = Files.newInputStream(part)) {
      found = Sha256.of(in).sha256();
    }
    return found.equals(expected)
        ? null
        : "came with the SHA-256 " + found + " where " + expected + " is right";
  }
}
