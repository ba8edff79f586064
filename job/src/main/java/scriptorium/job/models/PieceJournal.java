package scriptorium.job.models;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.List;

/**
 * What a partly fetched file has: its version on the server, and a line for each piece that is
 * there. A line is written behind its piece's bytes, so that a killed run leaves no false one.
 * Thread-safe.
 */
final class PieceJournal {
  private final Path file;
  private final int pieceBytes;
  private final BitSet done = new BitSet();
  private Version version;

  /**
   * A file as the server has it.
   *
   * @param tag its entity tag or date, empty where the server tells none
   * @param size in bytes
   * @param sha256 as the server states it, empty where it does not
   */
  record Version(String tag, long size, String sha256) {
    String line(int pieceBytes) {
      return size + " " + pieceBytes + " " + (sha256.isEmpty() ? "-" : sha256) + " " + tag;
    }
  }

  /** Reads the journal, if there is one and it was kept in pieces of this size. */
  PieceJournal(Path file, int pieceBytes) throws IOException {
    this.file = file;
    this.pieceBytes = pieceBytes;
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return;
    }
    try {
      String[] head = lines.isEmpty() ? new String[0] : lines.getFirst().split(" ", 4);
      if (head.length == 4 && Integer.parseInt(head[1]) == pieceBytes) {
        version = new Version(head[3], Long.parseLong(head[0]), head[2].equals("-") ? "" : head[2]);
        for (String line : lines.subList(1, lines.size())) {
          int piece = Integer.parseInt(line);
          if (piece >= 0 && piece < pieces()) {
            done.set(piece);
          }
        }
      }
    } catch (NumberFormatException e) {
      discard(); // a torn line
    }
  }

  /** The version whose pieces are kept; null before the first answer. */
  synchronized Version version() {
    return version;
  }

  /** Begins a journal for a version. */
  synchronized void begin(Version found) throws IOException {
    version = found;
    done.clear();
    Files.writeString(file, found.line(pieceBytes) + "\n", StandardCharsets.ISO_8859_1);
  }

  /** Forgets everything. */
  synchronized void discard() throws IOException {
    version = null;
    done.clear();
    Files.deleteIfExists(file);
  }

  synchronized void done(int piece) throws IOException {
    if (!done.get(piece)) {
      done.set(piece);
      Files.writeString(file, piece + "\n", StandardCharsets.ISO_8859_1, StandardOpenOption.APPEND);
    }
  }

  /** Number of pieces of the version. */
  synchronized int pieces() {
    return (int) ((version.size() + pieceBytes - 1) / pieceBytes);
  }

  /** The first piece that is missing; -1 where none is. */
  synchronized int firstMissing() {
    int piece = done.nextClearBit(0);
    return version != null && piece >= pieces() ? -1 : piece;
  }

  synchronized boolean isDone(int piece) {
    return done.get(piece);
  }

  /** Bytes that are there. */
  synchronized long bytes() {
    long bytes = (long) done.cardinality() * pieceBytes;
    boolean last = version != null && version.size() > 0 && done.get(pieces() - 1);
    return last ? bytes - ((long) pieces() * pieceBytes - version.size()) : bytes;
  }
}
