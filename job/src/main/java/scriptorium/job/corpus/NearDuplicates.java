package scriptorium.job.corpus;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scriptorium.job.base.MappedIterator;

/**
 * Finds texts that are nearly the same as one that comes before them, human texts first: those that
 * share a band of {@link MinHash}, and whose sets of runs are similar enough.
 */
final class NearDuplicates {
  private static final StructType NAMES =
      new StructType().add("source", DataTypes.StringType).add("source_id", DataTypes.LongType);

  private NearDuplicates() {}

  /**
   * The rows, by source and source_id, that are to go.
   *
   * @param texts with side, source, source_id, order, bands and text
   * @param similarity from which texts are nearly the same
   */
  static Dataset<Row> of(Dataset<Row> texts, double similarity) {
    Dataset<Row> bands =
        texts.select(
            explode(col("bands")).as("band"),
            least(col("side"), lit(1)).as("side"),
            col("order"),
            col("source"),
            col("source_id"));
    Dataset<Row> shared =
        bands.groupBy("band").count().filter(col("count").gt(1)).select(col("band"));
    return bands
        .join(shared, "band")
        .join(
            texts.select("source", "source_id", "text"),
            CorpusTexts.columns("source", "source_id"),
            "inner")
        .select("band", "side", "order", "source", "source_id", "text")
        .repartition(col("band"))
        .sortWithinPartitions("band", "side", "order", "source", "source_id")
        .mapPartitions(new Compare(similarity), Encoders.row(NAMES))
        .distinct();
  }

  /** Compares the texts of a band with those of it that stay. */
  private record Compare(double similarity)
      implements MapPartitionsFunction<Row, Row>, Serializable {
    /** Texts of one band, none similar to another, that later ones are compared with. */
    private static final int MOST = 256;

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      List<long[]> first = new ArrayList<>();
      Long[] band = {null};
      return new MappedIterator<>(
          rows,
          row -> {
            if (band[0] == null || band[0] != row.getLong(0)) {
              first.clear();
              band[0] = row.getLong(0);
            }
            long[] runs = MinHash.runs(row.getString(5));
            if (first.stream().anyMatch(one -> MinHash.similarity(one, runs) >= similarity)) {
              return RowFactory.create(row.getString(3), row.getLong(4));
            }
            if (first.size() < MOST) {
              first.add(runs);
            }
            return null;
          });
    }
  }
}
