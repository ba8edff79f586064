package scriptorium.job.spark;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** Spark's types of the columns that rows have. */
public final class SparkTypes {
  private SparkTypes() {}

  /** The type that a schema's words mean. */
  public static DataType of(String words) {
    return switch (words) {
      case "boolean" -> DataTypes.BooleanType;
      case "int" -> DataTypes.IntegerType;
      case "long" -> DataTypes.LongType;
      case "double" -> DataTypes.DoubleType;
      case "string" -> DataTypes.StringType;
      case "array of int" -> DataTypes.createArrayType(DataTypes.IntegerType, false);
      case "array of double" -> DataTypes.createArrayType(DataTypes.DoubleType, false);
      default -> throw new IllegalArgumentException("No type " + words);
    };
  }
}
