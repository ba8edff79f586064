package scriptorium.job.base;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How a shard holds its rows. */
public enum ShardFormat {
  /** A JSON object a line. */
  JSONL,
  /** Parquet with zstd. */
  PARQUET;

  /** The word for it in options and manifests, and the ending of its files. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The format of a word; empty if there is no such format, or the word is not a string. */
  public static Optional<ShardFormat> of(Object word) {
    return Arrays.stream(values()).filter(format -> format.word().equals(word)).findFirst();
  }
}
