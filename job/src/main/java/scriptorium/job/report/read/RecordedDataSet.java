package scriptorium.job.report.read;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import scriptorium.job.base.Texts;
import scriptorium.job.row.SamplingFamily;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/**
 * A data set of {@code generate}, {@code score} or {@code corpus}, as its manifest has it.
 * Immutable.
 *
 * @param ordinal its place among the report's, from 1
 * @param human whether the user says that rows which do not say who wrote them are human
 * @param manifest as {@link scriptorium.job.store.LenientManifest} reads it
 * @param sha256 of the manifest
 */
public record RecordedDataSet(
    int ordinal, OutputStore store, boolean human, Manifest manifest, String sha256) {
  /** Rows and bytes from which on a hash chooses among the shards. */
  public static final long ROWS = 2_000_000;

  /** Bytes of shards that are read at most. */
  public static final long BYTES = 8L << 30;

  /** The command that wrote it. */
  public Manifest.Command command() {
    return manifest.command();
  }

  /** Its shards that the manifest has. */
  public List<ShardReceipt> shards() {
    return manifest.shards();
  }

  /** The name that the manifest gives, shortened. */
  public String name() {
    return Texts.head(manifest.name() == null ? "data set" : manifest.name(), 80);
  }

  /** The folder's own name: a page does not tell where on a machine it lay. */
  public String folder() {
    return lastName(store.describe(""));
  }

  /** The last part of a path. */
  public static String lastName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** What tells it from another data set of its name. */
  public String source() {
    return name() + " [" + ordinal + "]";
  }

  String model() {
    Manifest.Model model = manifest.model();
    return model == null || model.name() == null ? "" : Texts.head(model.name(), 80);
  }

  String textColumn() {
    boolean named =
        command() == Manifest.Command.SCORE && manifest.settings().get("textColumn") != null;
    return named ? manifest.settings().get("textColumn").toString() : "text";
  }

  /** The column of what a text continues; null for none. */
  String promptColumn() {
    if (command() != Manifest.Command.SCORE) {
      return "prompt";
    }
    return manifest.settings().get("promptColumn") instanceof String column ? column : null;
  }

  /** The family of a generated data set: t1, k40, nucleus, or such as t0.7-k100, as in corpora. */
  public String family() {
    return SamplingFamily.of(manifest.settings());
  }

  /** When the run began; null where it is not recorded. */
  public Instant started() {
    return instant(manifest.started());
  }

  /** When the run ended; null where it is not recorded. */
  Instant ended() {
    return instant(manifest.ended());
  }

  private static Instant instant(String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** Seconds of the run; NaN where they are not recorded. */
  public double seconds() {
    Instant start = started();
    Instant end = ended();
    if (start == null || end == null || !end.isAfter(start)) {
      return Double.NaN;
    }
    return seconds(end) - seconds(start);
  }

  /** Seconds since 1970; the instants of a damaged manifest do not fit into milliseconds. */
  public static double seconds(Instant instant) {
    return instant.getEpochSecond() + instant.getNano() / 1e9;
  }

  /** The rows that the manifest counts. */
  long rows() {
    return shards().stream().mapToLong(ShardReceipt::rows).sum();
  }

  /** The shards that are read: all, or of a huge data set those that a hash chooses. */
  public List<ShardReceipt> chosen(long mostRows, long mostBytes) {
    List<ShardReceipt> shards = shards();
    if (rows() <= mostRows && shards.stream().mapToLong(ShardReceipt::bytes).sum() <= mostBytes) {
      return shards;
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < shards.size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingLong(i -> key(shards.get(i), -1)));
    List<Integer> chosen = new ArrayList<>();
    long rows = 0;
    long bytes = 0;
    for (int i : order) {
      ShardReceipt shard = shards.get(i);
      rows += Math.max(0, shard.rows());
      bytes += Math.max(0, shard.bytes());
      if (!chosen.isEmpty() && (rows > mostRows || bytes > mostBytes)) {
        break;
      }
      chosen.add(i);
    }
    return chosen.stream().sorted().map(shards::get).toList();
  }

  /** The hash of a row, or of a shard for row -1: the same in every format. */
  public long key(ShardReceipt shard, int row) {
    return Hashes.of(ordinal, Hashes.of(shard.split()), shard.index(), row);
  }
}
