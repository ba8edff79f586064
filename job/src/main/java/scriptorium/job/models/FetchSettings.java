package scriptorium.job.models;

import java.time.Duration;

/**
 * How patiently, and in what pieces, files are fetched.
 *
 * @param attempts requests in a row that may bring nothing
 * @param stall time without a byte after which a request is given up
 * @param backoff pause after the first failure, doubled after each
 * @param pieceBytes bytes of a request, and of what a killed run has to fetch again at most for
 *     each connection
 * @param connections requests at once
 */
public record FetchSettings(
    int attempts, Duration stall, Duration backoff, int pieceBytes, int connections) {
  /** For the public servers. */
  public static final FetchSettings DEFAULT =
      new FetchSettings(6, Duration.ofSeconds(30), Duration.ofSeconds(1), 32 << 20, 4);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException for one that is not positive
   */
  public FetchSettings {
    if (attempts < 1 || pieceBytes < 1 || connections < 1) {
      throw new IllegalArgumentException(
          "Attempts " + attempts + ", piece bytes " + pieceBytes + ", connections " + connections);
    }
  }
}
