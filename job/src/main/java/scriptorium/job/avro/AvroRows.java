package scriptorium.job.avro;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Set;
import scriptorium.job.value.InvalidValueException;

/**
 * Rows of a container file, block by block. Avro's own reader takes a file that is cut within the
 * head of a block, and one with an empty block, for whole; this one reads all blocks and tells what
 * is damaged. Not thread-safe.
 */
public final class AvroRows implements Closeable {
  /** A block has no more rows of no bytes: a wrong bit would make rows without end. */
  private static final int MOST_EMPTY = 1 << 20;

  private final InputStream in;
  private final AvroHeader header;
  private final AvroBytes bytes;
  private final Set<String> texts;
  private AvroValues values;
  private long blockStart;
  private long blockRows;
  private long left;

  /**
   * Rows from a block on.
   *
   * @param in the file from a block on
   * @param offset where that is
   * @param texts the columns of bytes that are text in UTF-8
   */
  public AvroRows(AvroHeader header, InputStream in, long offset, Set<String> texts) {
    this.header = header;
    this.in = in;
    this.texts = texts;
    bytes = new AvroBytes(new BufferedInputStream(in), offset);
  }

  /**
   * The next row, or null at the end.
   *
   * @throws InvalidValueException for a value that JSON cannot tell; the next row can be read
   * @throws IOException where the file is damaged: there are no more rows
   */
  public ObjectNode next() throws IOException {
    while (left == 0) {
      if (values != null && !values.isEnd()) {
        throw new IOException("a block has more than its rows");
      }
      blockStart = bytes.offset();
      if (!nextBlock()) {
        return null;
      }
    }
    left--;
    return values.row(header.schema());
  }

  /** Where the block begins whose first row was read last; -1 if the row was another. */
  public long blockOfFirstRow() {
    return left == blockRows - 1 ? blockStart : -1;
  }

  private boolean nextBlock() throws IOException {
    int head = bytes.next();
    if (head < 0) {
      return false;
    }
    long rows = bytes.whole(head);
    byte[] data = AvroCodec.unpack(header.codec(), bytes.exactly(bytes.whole()));
    if (!Arrays.equals(bytes.exactly(header.sync().length), header.sync())) {
      throw new IOException("no mark behind a block");
    }
    if (rows < 0 || rows > Math.max(data.length, MOST_EMPTY)) {
      throw new IOException("a block has a number of rows that it cannot have");
    }
    blockRows = rows;
    left = rows;
    values = new AvroValues(data, texts);
    return true;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
