package scriptorium.job.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scriptorium.engine.text.UnicodeTable;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.base.Sha256;
import scriptorium.job.input.InputTable;
import scriptorium.job.row.CorpusColumns;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.SampleSchema;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.spark.HadoopSettings;

/**
 * Rows of the sources as rows of a corpus, with what decides about them: keys that follow from text
 * and seed alone. Rows that hold no text are there, with the reason.
 *
 * @param scores that are taken from the rows
 */
record SourceReader(
    List<CorpusSource> sources,
    List<InputTable> tables,
    List<ScoreColumn> scores,
    String textColumn,
    String groupColumn,
    long seed)
    implements Serializable {
  /** Some rows of a source. */
  record Range(int source, long from, long to) implements Serializable {}

  /** The columns of the corpus from {@code text} on, as Spark names their types, and others. */
  static StructType table(List<ScoreColumn> scores) {
    StructType table = new StructType();
    for (SampleSchema.Column column : CorpusColumns.of(scores)) {
      if (!column.name().equals("id") && !column.name().equals("split")) {
        table = table.add(column.name(), column.type());
      }
    }
    return table
        .add("side", DataTypes.IntegerType)
        .add("order", DataTypes.LongType)
        .add("group", DataTypes.LongType)
        .add("exact", DataTypes.StringType)
        .add("bands", DataTypes.createArrayType(DataTypes.LongType, false))
        .add("length_step", DataTypes.IntegerType)
        .add("error", DataTypes.StringType);
  }

  Iterator<Row> read(Range range) {
    CorpusSource source = sources.get(range.source());
    InputTable.Rows rows =
        tables
            .get(range.source())
            .rows(
                range.from(),
                range.to(),
                new InputColumns(textColumn, null, null),
                HadoopSettings.current());
    long[] next = {range.from()};
    return new MappedIterator<>(rows, row -> row(source, next[0]++, row));
  }

  private Row row(CorpusSource source, long id, InputRow row) {
    ObjectNode columns = row.columns();
    String text = row.text();
    String error = row.error();
    if (error == null && UnicodeTable.strip(text).isEmpty()) {
      error = "no text";
    }
    String prompt = text(columns, "prompt");
    List<Object> values = new ArrayList<>();
    values.add(error == null ? text : "");
    values.add(source.human() ? "human" : "synthetic");
    values.add(source.name());
    values.add(id);
    values.add(source.family());
    values.add(source.model());
    values.add(own(source, columns, "temperature", JsonNode::doubleValue, source.temperature()));
    Integer topK = own(source, columns, "top_k", JsonNode::intValue, source.topK());
    values.add(topK == null || topK == 0 ? null : topK);
    values.add(own(source, columns, "top_p", JsonNode::doubleValue, source.topP()));
    values.add(prompt);
    JsonNode ended = columns.get("ended");
    values.add(ended != null && ended.isBoolean() ? (Boolean) ended.booleanValue() : null);
    for (ScoreColumn score : scores) {
      values.add(score(columns.get(source.scores().rows().name(columns, score)), score));
    }
    values.add(source.side());
    if (error != null) {
      values.addAll(java.util.Arrays.asList(0L, 0L, "", new long[0], 0, error));
      return RowFactory.create(values.toArray());
    }
    byte[] same = hash(String.join(" ", UnicodeTable.strip(text).split("\\s+")));
    long order = ByteBuffer.wrap(hash(seed + " order " + text)).getLong();
    values.add(order);
    values.add(group(columns, prompt, order));
    values.add(java.util.HexFormat.of().formatHex(same, 0, 16));
    values.add(MinHash.bands(text));
    values.add(lengthStep(text.codePointCount(0, text.length())));
    values.add(null);
    return RowFactory.create(values.toArray());
  }

  /** Quarters of an octave: floor(4 log2 of the characters), without a logarithm. */
  private static int lengthStep(int characters) {
    double square = (double) characters * characters;
    return Math.getExponent(square * square);
  }

  /** Rows of one key stay in one split. */
  private long group(ObjectNode columns, String prompt, long order) {
    String group = groupColumn == null ? null : text(columns, groupColumn);
    if (prompt != null && !prompt.isEmpty()) {
      return ByteBuffer.wrap(hash(seed + " prompt " + prompt)).getLong();
    }
    return group == null ? order : ByteBuffer.wrap(hash(seed + " group " + group)).getLong();
  }

  /** A setting that a synthetic row has for itself, else the source's. */
  private static <T> T own(
      CorpusSource source,
      ObjectNode columns,
      String name,
      Function<JsonNode, T> value,
      T sources) {
    JsonNode own = columns.get(name);
    return !source.human() && own != null && own.isNumber() ? value.apply(own) : sources;
  }

  private static String text(ObjectNode columns, String name) {
    JsonNode value = columns.get(name);
    if (value == null || value.isNull()) {
      return null;
    }
    return value.isTextual() ? value.textValue() : value.toString();
  }

  private static Object score(JsonNode value, ScoreColumn score) {
    if (value == null || !value.isNumber()) {
      return null;
    }
    return score.type().equals("int") ? (Object) value.intValue() : (Object) value.doubleValue();
  }

  private static byte[] hash(String text) {
    return Sha256.digest().digest(text.getBytes(StandardCharsets.UTF_8));
  }
}
