package scriptorium.job.orc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DecimalColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DoubleColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ListColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.LongColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.MapColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.StructColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.TimestampColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.UnionColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.orc.TypeDescription;
import org.apache.orc.TypeDescription.Category;
import org.apache.spark.sql.catalyst.util.RebaseDateTime;
import scriptorium.job.value.InvalidValueException;
import scriptorium.job.value.IsoText;
import scriptorium.job.value.ValueJson;

/**
 * Rows of ORC files as JSON: numbers with all digits, dates and times in ISO 8601, bytes in base64,
 * structs and maps as objects; of a union what it holds. Immutable.
 *
 * @param texts the columns of bytes that are text in UTF-8
 * @param zone of the stripe's writer
 * @param julian whether days up to October 1582 are of the Julian calendar, as Hive and Spark write
 */
record OrcJson(TypeDescription schema, Set<String> texts, ZoneId zone, boolean julian) {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int MILLIS = 1000;
  private static final int MICROS = 1_000_000;

  /** What Spark says of a column whose type ORC does not have. */
  private static final String SPARK_TYPE = "spark.sql.catalyst.type";

  ObjectNode row(VectorizedRowBatch batch, int row) throws InvalidValueException {
    return object(schema, batch.cols, row, true);
  }

  private ObjectNode object(TypeDescription type, ColumnVector[] fields, int row, boolean top)
      throws InvalidValueException {
    ObjectNode object = NODES.objectNode();
    for (int i = 0; i < fields.length; i++) {
      String name = type.getFieldNames().get(i);
      TypeDescription child = type.getChildren().get(i);
      boolean text = top && texts.contains(name) && child.getCategory() == Category.BINARY;
      object.set(name, value(text ? TypeDescription.createString() : child, fields[i], row, name));
    }
    return object;
  }

  private JsonNode value(TypeDescription type, ColumnVector column, int row, String name)
      throws InvalidValueException {
    int at = column.isRepeating ? 0 : row;
    if (!column.noNulls && column.isNull[at]) {
      return NODES.nullNode();
    }
    return switch (type.getCategory()) {
      case BOOLEAN -> NODES.booleanNode(whole(column, at) != 0);
      case BYTE, SHORT, INT, LONG -> number(type, whole(column, at));
      case FLOAT -> NODES.numberNode((float) ((DoubleColumnVector) column).vector[at]);
      case DOUBLE -> NODES.numberNode(((DoubleColumnVector) column).vector[at]);
      case DECIMAL -> decimal(type, (DecimalColumnVector) column, at);
      case DATE -> {
        int day = (int) whole(column, at);
        yield NODES.textNode(
            IsoText.date(julian ? RebaseDateTime.rebaseJulianToGregorianDays(day) : day));
      }
      case TIMESTAMP, TIMESTAMP_INSTANT -> timestamp(type, (TimestampColumnVector) column, at);
      case STRING, CHAR, VARCHAR -> ValueJson.text(bytes((BytesColumnVector) column, at), name);
      case BINARY, Geometry, Geography -> {
        BytesColumnVector bytes = (BytesColumnVector) column;
        yield NODES.binaryNode(bytes.vector[at], bytes.start[at], bytes.length[at]);
      }
      case STRUCT -> object(type, ((StructColumnVector) column).fields, at, false);
      case LIST -> list(type, (ListColumnVector) column, at, name);
      case MAP -> map(type, (MapColumnVector) column, at, name);
      case UNION -> {
        UnionColumnVector union = (UnionColumnVector) column;
        int tag = union.tags[at];
        yield value(type.getChildren().get(tag), union.fields[tag], at, name);
      }
    };
  }

  private static long whole(ColumnVector column, int at) {
    return ((LongColumnVector) column).vector[at];
  }

  private static JsonNode number(TypeDescription type, long value) {
    String spark = type.getAttributeValue(SPARK_TYPE);
    if ("timestamp_ntz".equals(spark)) {
      return NODES.textNode(IsoText.timestamp(value, ChronoUnit.MICROS, false));
    }
    if (spark != null && spark.startsWith("interval")) {
      return NODES.textNode(
          spark.contains("year") || spark.contains("month")
              ? IsoText.months(value)
              : IsoText.duration(value, ChronoUnit.MICROS));
    }
    return NODES.numberNode(value);
  }

  private static JsonNode decimal(TypeDescription type, DecimalColumnVector column, int at) {
    BigDecimal value = column.vector[at].getHiveDecimal().bigDecimalValue();
    // the vector leaves zeros at the end out, a larger scale than the type's is kept
    return DecimalNode.valueOf(
        value.scale() < type.getScale() ? value.setScale(type.getScale()) : value);
  }

  /**
   * A timestamp without a zone is what the writer's clock showed. Spark's have the same type: those
   * that Spark marks as instants are what the writer's clock showed at them.
   */
  private JsonNode timestamp(TypeDescription type, TimestampColumnVector column, int at) {
    long seconds = Math.floorDiv(column.time[at], MILLIS);
    if (julian) {
      seconds = RebaseDateTime.rebaseJulianToGregorianMicros("UTC", seconds * MICROS) / MICROS;
    }
    Instant stored = Instant.ofEpochSecond(seconds, column.nanos[at]);
    if (type.getCategory() == Category.TIMESTAMP_INSTANT) {
      return NODES.textNode(stored.toString());
    }
    if (!"timestamp".equals(type.getAttributeValue(SPARK_TYPE))) {
      return NODES.textNode(IsoText.local(stored));
    }
    LocalDateTime clock = LocalDateTime.ofInstant(stored, ZoneOffset.UTC);
    return NODES.textNode(clock.atZone(zone).toInstant().toString());
  }

  private static ByteBuffer bytes(BytesColumnVector column, int at) {
    return ByteBuffer.wrap(column.vector[at], column.start[at], column.length[at]);
  }

  private ArrayNode list(TypeDescription type, ListColumnVector column, int at, String name)
      throws InvalidValueException {
    ArrayNode array = NODES.arrayNode();
    int start = (int) column.offsets[at];
    for (int i = start; i < start + column.lengths[at]; i++) {
      array.add(value(type.getChildren().getFirst(), column.child, i, name));
    }
    return array;
  }

  private ObjectNode map(TypeDescription type, MapColumnVector column, int at, String name)
      throws InvalidValueException {
    ObjectNode object = NODES.objectNode();
    int start = (int) column.offsets[at];
    for (int i = start; i < start + column.lengths[at]; i++) {
      JsonNode key = value(type.getChildren().get(0), column.keys, i, name);
      object.set(
          ValueJson.key(key, name), value(type.getChildren().get(1), column.values, i, name));
    }
    return object;
  }
}
