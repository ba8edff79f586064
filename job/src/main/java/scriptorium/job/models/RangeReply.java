package scriptorium.job.models;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import scriptorium.engine.ModelException;
import scriptorium.job.models.PieceJournal.Version;

/**
 * The answer to a request for a range of a file. Redirections are followed here, because Hugging
 * Face states a file's SHA-256 in the one to its storage. A body that stalls is closed, so that its
 * reader fails. Not thread-safe.
 */
final class RangeReply implements AutoCloseable {
  private static final int REDIRECTIONS = 5;
  private static final int UNSIZED_LIMIT = 16 << 20;
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18})");
  private static final Pattern SHA256 = Pattern.compile("\"?([0-9a-f]{64})\"?");

  private final long start;
  private final boolean whole;
  private volatile InputStream body;
  private Version version;
  private final ScheduledExecutorService guard;
  private volatile long lastByte = System.nanoTime();

  /** The file on the server is too short for the range. */
  static final class NoSuchRangeException extends IOException {
    private static final long serialVersionUID = 1;
  }

  private RangeReply(InputStream body, long start, boolean whole, Version version, Duration stall) {
    this.body = body;
    this.start = start;
    this.whole = whole;
    this.version = version;
    guard =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("scriptorium-stall").factory());
    long period = Math.max(1, stall.toMillis() / 4);
    var unused =
        guard.scheduleWithFixedDelay(
            () -> closeIfStalled(stall), period, period, TimeUnit.MILLISECONDS);
  }

  private void closeIfStalled(Duration stall) {
    if (System.nanoTime() - lastByte > stall.toNanos()) {
      closeBody();
    }
  }

  /**
   * Asks for the bytes {@code from..to}.
   *
   * @throws IOException where it is worth asking again
   * @throws ModelException where it is not
   */
  static RangeReply ask(HttpClient client, URI address, long from, long to, Duration stall)
      throws IOException, InterruptedException {
    URI at = address;
    String sha256 = "";
    String linkedTag = "";
    for (int hop = 0; hop <= REDIRECTIONS; hop++) {
      HttpRequest request =
          HttpRequest.newBuilder(at)
              .timeout(stall)
              .header("Range", "bytes=" + from + "-" + to)
              .header("User-Agent", "scriptorium")
              .build();
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      HttpHeaders headers = response.headers();
      Matcher stated = SHA256.matcher(headers.firstValue("X-Linked-ETag").orElse(""));
      if (stated.matches()) {
        sha256 = stated.group(1);
        linkedTag = sha256;
      }
      int status = response.statusCode();
      if (status == 200 || status == 206) {
        String tag =
            linkedTag.isEmpty()
                ? headers
                    .firstValue("ETag")
                    .or(() -> headers.firstValue("Last-Modified"))
                    .orElse("")
                : linkedTag;
        return answered(response, status, tag, sha256, stall);
      }
      response.body().close();
      if (status / 100 != 3) {
        throw refusal(address, status);
      }
      at = next(at, headers);
    }
    throw new ModelException(
        "Address " + address + " is redirected without end: give another --base-url");
  }

  private static URI next(URI at, HttpHeaders headers) {
    String location =
        headers
            .firstValue("Location")
            .orElseThrow(
                () ->
                    new ModelException(
                        "Address " + at + " is redirected to nowhere: give another --base-url"));
    URI next;
    try {
      next = at.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new ModelException(
          "Address " + at + " is redirected to " + location + ": give another --base-url", e);
    }
    if (!"https".equals(next.getScheme())
        && !("http".equals(next.getScheme()) && "http".equals(at.getScheme()))) {
      throw new ModelException(
          "Address "
              + at
              + " is redirected to "
              + next
              + ", which is not safe: give another --base-url");
    }
    return next;
  }

  private static IOException refusal(URI address, int status) {
    if (status == 416) {
      return new NoSuchRangeException();
    }
    if (status == 408 || status == 429 || status >= 500) {
      return new IOException("status " + status);
    }
    throw new ModelException(
        "Address "
            + address
            + " gives status "
            + status
            + ": correct --base-url, or fetch the file by hand");
  }

  private static RangeReply answered(
      HttpResponse<InputStream> response, int status, String tag, String sha256, Duration stall)
      throws IOException {
    HttpHeaders headers = response.headers();
    if (status == 200) {
      long size = headers.firstValueAsLong("Content-Length").orElse(-1);
      RangeReply reply =
          new RangeReply(response.body(), 0, true, new Version(tag, size, sha256), stall);
      return size < 0 ? reply.gathered() : reply;
    }
    Matcher range =
        CONTENT_RANGE.matcher(
            headers.firstValue("Content-Range").orElse("").toLowerCase(Locale.ROOT));
    if (!range.matches()) {
      response.body().close();
      throw new IOException("a part of the file without Content-Range");
    }
    Version version = new Version(tag, Long.parseLong(range.group(2)), sha256);
    return new RangeReply(response.body(), Long.parseLong(range.group(1)), false, version, stall);
  }

  /** The same with its length, which a server need not tell, if the file is a small one. */
  private RangeReply gathered() throws IOException {
    byte[] content;
    try {
      content = new byte[UNSIZED_LIMIT];
      int length = 0;
      for (int n = 0; n >= 0; n = read(content, length, UNSIZED_LIMIT - length)) {
        length += n;
        if (length == UNSIZED_LIMIT) {
          throw new IOException("the file comes without its length");
        }
      }
      content = Arrays.copyOf(content, length);
    } catch (IOException e) {
      close();
      throw e;
    }
    closeBody();
    body = new ByteArrayInputStream(content);
    version = new Version(version.tag(), content.length, version.sha256());
    return this;
  }

  /** Where in the file the body begins. */
  long start() {
    return start;
  }

  /** Whether the body is the whole file, as a server sends that knows no ranges. */
  boolean isWhole() {
    return whole;
  }

  /** The file as it is on the server. */
  Version version() {
    return version;
  }

  /** Reads at least a byte; -1 at the end. */
  int read(byte[] bytes, int start, int length) throws IOException {
    int read = body.read(bytes, start, length);
    lastByte = System.nanoTime();
    return read;
  }

  private void closeBody() {
    try {
      body.close();
    } catch (IOException e) {
      // the reader finds out
    }
  }

  @Override
  public void close() {
    guard.shutdownNow();
    closeBody();
  }
}
