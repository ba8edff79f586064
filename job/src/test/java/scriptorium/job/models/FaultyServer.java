package scriptorium.job.models;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A web server of files that answers as badly as it is told to. */
final class FaultyServer implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]+)");

  /** What is wrong with an answer. */
  enum Fault {
    NONE,
    /** Half of the answer, then nothing. */
    STALL,
    /** Half of the answer, then the end of the connection. */
    CUT,
    /** Nothing at all for a length that is promised. */
    EMPTY,
    WRONG_BYTES,
    /** Another part of the file than was asked for. */
    WRONG_RANGE,
    /** The file is said to be shorter than it is. */
    SHORT_LENGTH,
    IGNORES_RANGE,
    /** As it ignores ranges, without a length. */
    WITHOUT_LENGTH,
    /** The next version of the file. */
    CHANGED,
    STATUS_404,
    STATUS_416,
    STATUS_500,
    STATUS_503,
    /** To itself, for ever. */
    REDIRECTED
  }

  final Map<String, byte[]> files = new HashMap<>();

  /** SHA-256 as Hugging Face states it in a redirection, by name of the file. */
  final Map<String, String> stated = new HashMap<>();

  final AtomicInteger requests = new AtomicInteger();
  final AtomicLong bytesAsked = new AtomicLong();
  private final Map<String, Deque<Fault>> faults = new HashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final HttpServer server;

  FaultyServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/files";
  }

  /** The faults of the next answers for a file; the last one stays. */
  synchronized void fault(String file, Fault... next) {
    faults.put(file, new ArrayDeque<>(Arrays.asList(next)));
  }

  private synchronized Fault next(String file) {
    Deque<Fault> left = faults.get(file);
    if (left == null) {
      return Fault.NONE;
    }
    return left.size() > 1 ? left.removeFirst() : left.getFirst();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String name = path.substring(path.lastIndexOf('/') + 1);
      byte[] content = files.get(name);
      boolean first = path.startsWith("/files/");
      if (first && stated.containsKey(name)) {
        exchange.getResponseHeaders().set("X-Linked-ETag", '"' + stated.get(name) + '"');
        exchange.getResponseHeaders().set("Location", "/storage/" + name);
        exchange.sendResponseHeaders(302, -1);
        return;
      }
      requests.incrementAndGet();
      Fault fault = next(name);
      if (content == null || fault.name().startsWith("STATUS_")) {
        exchange.sendResponseHeaders(
            content == null ? 404 : Integer.parseInt(fault.name().substring(7)), -1);
      } else if (fault == Fault.REDIRECTED) {
        exchange.getResponseHeaders().set("Location", path);
        exchange.sendResponseHeaders(302, -1);
      } else {
        send(exchange, content, fault);
      }
    }
  }

  private void send(HttpExchange exchange, byte[] content, Fault fault) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("ETag", fault == Fault.CHANGED ? "\"v2\"" : "\"v1\"");
    Matcher range = RANGE.matcher(exchange.getRequestHeaders().getFirst("Range"));
    if (!range.matches()) {
      throw new IOException("no range");
    }
    int from = Integer.parseInt(range.group(1));
    int to = Math.min(Integer.parseInt(range.group(2)) + 1, content.length);
    bytesAsked.addAndGet(to - from);
    int status = 206;
    int size = content.length;
    if (fault == Fault.IGNORES_RANGE || fault == Fault.WITHOUT_LENGTH) {
      status = 200;
      from = 0;
      to = size;
    } else if (fault == Fault.SHORT_LENGTH) {
      size -= 100;
      to = Math.min(to, size);
    } else if (fault == Fault.WRONG_RANGE) {
      from += 10;
    }
    if (status == 206) {
      headers.set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + size);
    }
    byte[] body = Arrays.copyOfRange(content, from, to);
    if (fault == Fault.WRONG_BYTES) {
      body[body.length / 2] ^= 1;
    }
    exchange.sendResponseHeaders(status, fault == Fault.WITHOUT_LENGTH ? 0 : body.length);
    OutputStream out = exchange.getResponseBody();
    switch (fault) {
      case STALL -> {
        out.write(body, 0, body.length / 2);
        out.flush();
        await();
      }
      case CUT -> out.write(body, 0, body.length / 2);
      case EMPTY -> {}
      default -> out.write(body);
    }
  }

  private void await() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
