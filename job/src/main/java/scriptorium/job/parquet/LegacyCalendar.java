package scriptorium.job.parquet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TimeZone;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.catalyst.util.RebaseDateTime;

/**
 * Dates and times that Spark before 3, or in its mode LEGACY, has written in the Julian calendar up
 * to October 1582, which the footer tells. They are told in the Gregorian calendar like all others,
 * as Spark reads them. Immutable.
 *
 * @param zone in which days and timestamps were written; null if they are Gregorian
 * @param int96Zone the same of timestamps of type INT96
 */
public record LegacyCalendar(String zone, String int96Zone) {
  private static final String VERSION = "org.apache.spark.version";
  private static final String ZONE = "org.apache.spark.timeZone";
  private static final long MICROS_A_DAY = 86_400_000_000L;
  private static final int JULIAN_EPOCH_DAY = 2440588;

  /** The calendar of a file with these keys in its footer. */
  public static LegacyCalendar of(Map<String, String> footer) {
    String version = footer.get(VERSION);
    if (version == null) {
      return new LegacyCalendar(null, null); // not Spark's, or of a version that does not tell
    }
    String zone = footer.getOrDefault(ZONE, TimeZone.getDefault().getID());
    boolean days =
        version.compareTo("3.0.0") < 0 || footer.containsKey("org.apache.spark.legacyDateTime");
    boolean int96 =
        version.compareTo("3.1.0") < 0 || footer.containsKey("org.apache.spark.legacyINT96");
    return new LegacyCalendar(days ? zone : null, int96 ? zone : null);
  }

  /** A row with its dates and times in the Gregorian calendar. */
  public Group gregorian(Group row) {
    if (zone == null && int96Zone == null) {
      return row;
    }
    Group copy = new SimpleGroup(row.getType());
    for (int field = 0; field < row.getType().getFieldCount(); field++) {
      Type type = row.getType().getType(field);
      for (int i = 0; i < row.getFieldRepetitionCount(field); i++) {
        if (type.isPrimitive()) {
          add(row, type.asPrimitiveType(), field, i, copy);
        } else {
          copy.add(field, gregorian(row.getGroup(field, i)));
        }
      }
    }
    return copy;
  }

  private void add(Group row, PrimitiveType type, int field, int index, Group copy) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (type.getPrimitiveTypeName() == PrimitiveTypeName.INT96 && int96Zone != null) {
      copy.add(field, int96(row.getInt96(field, index)));
    } else if (zone != null && LogicalTypeAnnotation.dateType().equals(logical)) {
      copy.add(field, RebaseDateTime.rebaseJulianToGregorianDays(row.getInteger(field, index)));
    } else if (zone != null
        && logical instanceof TimestampLogicalTypeAnnotation timestamp
        && timestamp.isAdjustedToUTC()
        && timestamp.getUnit() != TimeUnit.NANOS) {
      long scale = timestamp.getUnit() == TimeUnit.MILLIS ? 1000 : 1;
      long micros = Math.multiplyExact(row.getLong(field, index), scale);
      copy.add(
          field, Math.floorDiv(RebaseDateTime.rebaseJulianToGregorianMicros(zone, micros), scale));
    } else {
      new StoredField(row, field).copyTo(copy, field, index);
    }
  }

  private Binary int96(Binary stored) {
    ByteBuffer bytes = ByteBuffer.wrap(stored.getBytes()).order(ByteOrder.LITTLE_ENDIAN);
    long nanos = bytes.getLong();
    long micros =
        (bytes.getInt() - (long) JULIAN_EPOCH_DAY) * MICROS_A_DAY + Math.floorDiv(nanos, 1000L);
    long rebased = RebaseDateTime.rebaseJulianToGregorianMicros(int96Zone, micros);
    return Binary.fromConstantByteArray(
        ByteBuffer.allocate(12)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(Math.floorMod(rebased, MICROS_A_DAY) * 1000 + Math.floorMod(nanos, 1000L))
            .putInt((int) (Math.floorDiv(rebased, MICROS_A_DAY) + JULIAN_EPOCH_DAY))
            .array());
  }
}
