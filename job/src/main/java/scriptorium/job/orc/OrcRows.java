package scriptorium.job.orc;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import java.util.TimeZone;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.orc.RecordReader;
import org.apache.orc.StripeInformation;
import org.apache.orc.impl.RecordReaderImpl;
import scriptorium.job.value.InvalidValueException;

/**
 * Rows of an ORC file, asked for in ascending order. Each stripe is read from its begin in batches
 * of one size, so that what is damaged is the same wherever reading begins; damage of a stripe ends
 * with it. Not thread-safe.
 */
public final class OrcRows implements Closeable {
  /** Rows of which some may be long documents: a batch is held as a whole. */
  private static final int BATCH_ROWS = 64;

  private final OrcTable table;
  private final Set<String> texts;
  private final List<StripeInformation> stripes;
  private int stripe = -1;
  private long stripeStart;
  private long stripeEnd;
  private RecordReader reader;
  private OrcJson json;
  private VectorizedRowBatch batch;
  private long batchStart;
  private String damage;

  /**
   * Rows of a file that is open, and stays another's.
   *
   * @param texts the columns of bytes that are text in UTF-8
   */
  public OrcRows(OrcTable table, Set<String> texts) {
    this.table = table;
    this.texts = texts;
    stripes = table.reader().getStripes();
  }

  /**
   * A row, by its number in the file.
   *
   * @throws InvalidValueException for a value that JSON cannot tell
   * @throws OrcTable.DamagedException where the row is lost
   * @throws IOException where the file system fails
   */
  public ObjectNode row(long row) throws IOException {
    while (row >= stripeEnd) {
      stripe++;
      stripeStart = stripeEnd;
      stripeEnd += stripes.get(stripe).getNumberOfRows();
      close();
      damage = null;
    }
    if (damage == null) {
      try {
        advance(row);
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        damage = "damaged from row " + batchStart + " on, to the end of its stripe";
        throw OrcTable.failure(table.files(), damage, e);
      }
    }
    if (damage != null) {
      throw new OrcTable.DamagedException(damage, null);
    }
    return json.row(batch, (int) (row - batchStart));
  }

  private void advance(long row) throws IOException {
    if (reader == null) {
      StripeInformation wanted = stripes.get(stripe);
      batchStart = stripeStart;
      reader =
          table
              .reader()
              .rows(table.reader().options().range(wanted.getOffset(), wanted.getLength()));
      json =
          new OrcJson(
              table.reader().getSchema(),
              texts,
              zone(wanted),
              !table.reader().writerUsedProlepticGregorian());
      batch = table.reader().getSchema().createRowBatch(BATCH_ROWS);
    }
    while (row >= batchStart + batch.size) {
      batchStart += batch.size;
      if (!reader.nextBatch(batch) || batch.size == 0) {
        throw new IOException("missing, though the footer counts it");
      }
    }
  }

  /** The zone of the JVM that wrote a stripe, whose clocks it holds. */
  private ZoneId zone(StripeInformation wanted) throws IOException {
    String name = ((RecordReaderImpl) reader).readStripeFooter(wanted).getWriterTimezone();
    return (name.isEmpty() ? TimeZone.getDefault() : TimeZone.getTimeZone(name)).toZoneId();
  }

  @Override
  public void close() throws IOException {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
