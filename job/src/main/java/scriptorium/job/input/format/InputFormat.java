package scriptorium.job.input.format;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How an input file holds rows. */
public enum InputFormat {
  /** A text a line; the ending says so, content never does. */
  TEXT("text", "text lines", ".txt", ".text"),
  /** An object a line. */
  JSONL("jsonl", "JSON lines", ".jsonl", ".ndjson", ".jsonlines"),
  /** One array of objects, or objects over several lines; lines of .json are {@link #JSONL}. */
  JSON("json", "JSON", ".json"),
  /**
   * A header, then records of as many cells, quoted where they hold commas or line ends; quotes
   * within quoted cells are doubled.
   */
  CSV("csv", "CSV", ".csv"),
  /** CSV with a backslash before each quote and backslash of a quoted cell; content tells it. */
  SPARK_CSV("spark-csv", "Spark's CSV"),
  /** CSV with tabs. */
  TSV("tsv", "TSV", ".tsv"),
  /** Spark's CSV with tabs. */
  SPARK_TSV("spark-tsv", "Spark's TSV"),
  /** Parquet, of any compression that its library reads. */
  PARQUET("parquet", "Parquet", ".parquet", ".pq"),
  /** ORC, of any compression. */
  ORC("orc", "ORC", ".orc"),
  /** Avro's object container files. */
  AVRO("avro", "Avro", ".avro");

  private final String word;
  private final String title;
  private final List<String> endings;

  InputFormat(String word, String title, String... endings) {
    this.word = word;
    this.title = title;
    this.endings = List.of(endings);
  }

  /** The word of {@code --input-format}. */
  public String word() {
    return word;
  }

  /** What messages call it. */
  public String title() {
    return title;
  }

  /** The endings of names, each with its dot. */
  public List<String> endings() {
    return endings;
  }

  /** Whether content is text, which any codec may compress; the others compress by themselves. */
  public boolean isText() {
    return switch (this) {
      case PARQUET, ORC, AVRO -> false;
      default -> true;
    };
  }

  /** Whether rows are records of cells under a header. */
  public boolean isDelimited() {
    return switch (this) {
      case CSV, SPARK_CSV, TSV, SPARK_TSV -> true;
      default -> false;
    };
  }

  /** What stands between the cells of a record. */
  public char delimiter() {
    return this == TSV || this == SPARK_TSV ? '\t' : ',';
  }

  /** Whether a quote within a quoted cell stands behind a backslash; otherwise it is doubled. */
  public boolean escapesByBackslash() {
    return this == SPARK_CSV || this == SPARK_TSV;
  }

  /**
   * The format that differs in how quotes are written within cells.
   *
   * @throws IllegalStateException if the format is not delimited
   */
  public InputFormat otherDialect() {
    return switch (this) {
      case CSV -> SPARK_CSV;
      case SPARK_CSV -> CSV;
      case TSV -> SPARK_TSV;
      case SPARK_TSV -> TSV;
      default -> throw new IllegalStateException(title + " has one dialect");
    };
  }

  /** The format of a word of {@code --input-format}. */
  public static Optional<InputFormat> of(String word) {
    return Arrays.stream(values()).filter(format -> format.word.equals(word)).findFirst();
  }

  /** The format that the ending of a name in lower case tells, without a codec's ending. */
  public static Optional<InputFormat> ofName(String name) {
    return Arrays.stream(values())
        .filter(format -> format.endings.stream().anyMatch(name::endsWith))
        .findFirst();
  }

  /** A file's name without the endings that tell format and codec. */
  public static String withoutEndings(String name) {
    String plain = Codec.withoutEnding(name.toLowerCase(Locale.ROOT));
    for (InputFormat format : values()) {
      for (String ending : format.endings) {
        if (plain.endsWith(ending)) {
          return name.substring(0, plain.length() - ending.length());
        }
      }
    }
    return name.substring(0, plain.length());
  }

  /** All words, for messages. */
  public static String words() {
    return Arrays.stream(values()).map(InputFormat::word).collect(Collectors.joining(", "));
  }

  /** All endings, for messages. */
  public static String allEndings() {
    return Arrays.stream(values())
        .flatMap(format -> format.endings.stream())
        .collect(Collectors.joining(", "));
  }
}
