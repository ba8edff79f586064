package scriptorium.job.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;

/**
 * Reads a written shard to make its receipt again, where a run ended before the manifest had it.
 */
public final class ShardInspector {
  private ShardInspector() {}

  /**
   * The receipt of a shard that is on the file system; none where it cannot be read as a whole
   * shard of that many rows.
   *
   * @param scored whether its rows were scored, not generated
   */
  public static Optional<ShardReceipt> inspect(
      ShardStore store, String folder, String split, int index, long rows, boolean scored) {
    String file = store.shardFile(folder, index);
    try {
      MessageDigest digest = ShardStore.sha256();
      long[] counts =
          file.endsWith(".parquet")
              ? parquet(store, file, digest, scored)
              : jsonl(store, file, digest, scored);
      return counts[0] != rows
          ? Optional.empty()
          : Optional.of(
              new ShardReceipt(
                  split,
                  index,
                  file,
                  counts[0],
                  counts[1],
                  counts[2],
                  counts[3],
                  store.size(file),
                  HexFormat.of().formatHex(digest.digest())));
    } catch (IOException | RuntimeException e) { // Parquet throws whatever its bytes lead to
      return Optional.empty();
    }
  }

  private static long[] jsonl(ShardStore store, String file, MessageDigest digest, boolean scored)
      throws IOException {
    ObjectMapper json = LineInputReader.JSON;
    long[] counts = new long[4];
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new DigestInputStream(store.open(file), digest), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        JsonNode row = json.readTree(line);
        count(
            counts,
            row.path(scored ? ScoreSchema.written("length", row) : "length").asLong(),
            !scored && row.path("ended").asBoolean(),
            row.hasNonNull(scored ? ScoreSchema.written("error", row) : "error"));
      }
    }
    return counts;
  }

  private static long[] parquet(ShardStore store, String file, MessageDigest digest, boolean scored)
      throws IOException {
    try (InputStream in = new DigestInputStream(store.open(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    long[] counts = new long[4];
    Path path = new Path(store.uri(file));
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), path)
            .withConf(store.configuration())
            .build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        String error = scored ? ScoreSchema.written("error", row.getType()) : "error";
        String length = scored ? ScoreSchema.written("length", row.getType()) : "length";
        count(
            counts,
            row.getInteger(length, 0),
            !scored && row.getBoolean("ended", 0),
            row.getType().containsField(error) && row.getFieldRepetitionCount(error) > 0);
      }
    }
    return counts;
  }

  private static void count(long[] counts, long length, boolean ended, boolean error) {
    counts[0]++;
    counts[1] += length;
    counts[2] += ended ? 1 : 0;
    counts[3] += error ? 1 : 0;
  }
}
