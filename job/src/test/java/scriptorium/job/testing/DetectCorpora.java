package scriptorium.job.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.SparkSession;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.Console;
import scriptorium.job.config.DetectConfig;
import scriptorium.job.config.DetectOptions;
import scriptorium.job.detect.ApplyJob;
import scriptorium.job.detect.DetectJob;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/** Small corpora of words from known distributions. */
public final class DetectCorpora {
  public static final ObjectMapper JSON = new ObjectMapper();

  private static final int SHARD_ROWS = 50;

  private DetectCorpora() {}

  /** Writes rows of columns split, label, family and text, shards of 50 rows. */
  public static Path write(Path folder, String state, List<ObjectNode> rows) throws Exception {
    List<ShardReceipt> receipts = new ArrayList<>();
    List<Manifest.Split> splits = new ArrayList<>();
    for (String split : List.of("train", "valid", "test")) {
      List<String> lines = new ArrayList<>();
      for (ObjectNode row : rows) {
        if (row.get("split").asText().equals(split)) {
          ObjectNode line = JSON.createObjectNode().put("id", lines.size());
          line.setAll(row);
          lines.add(line.toString());
        }
      }
      if (lines.isEmpty()) {
        continue;
      }
      for (int i = 0; i * SHARD_ROWS < lines.size(); i++) {
        String file = "c." + split + "/part-0000" + i + ".jsonl";
        Files.createDirectories(folder.resolve("c." + split));
        List<String> part =
            lines.subList(i * SHARD_ROWS, Math.min(lines.size(), (i + 1) * SHARD_ROWS));
        Files.write(folder.resolve(file), part);
        long bytes = Files.size(folder.resolve(file));
        receipts.add(new ShardReceipt(split, i, file, part.size(), 0, 0, 0, bytes, "0".repeat(64)));
      }
      splits.add(new Manifest.Split(split, "c." + split, 0, lines.size()));
    }
    long offset = 0;
    for (int i = 0; i < splits.size(); i++) {
      Manifest.Split one = splits.get(i);
      splits.set(i, new Manifest.Split(one.name(), one.folder(), offset, one.rows()));
      offset += one.rows();
    }
    Manifest manifest = manifest(splits);
    (state.equals("done") ? manifest.done(receipts, List.of()) : manifest.running(receipts))
        .write(new OutputStore(folder.toString(), DataSets.HADOOP));
    return folder;
  }

  private static Manifest manifest(List<Manifest.Split> splits) {
    return new Manifest(
        Manifest.FORMAT_VERSION,
        1,
        "c",
        Manifest.Command.CORPUS,
        Manifest.State.RUNNING,
        "2026-01-01T00:00:00Z",
        null,
        new Manifest.Code("0", "none"),
        null,
        null,
        null,
        null,
        Map.of("format", "jsonl", "shardRows", SHARD_ROWS),
        Map.of(),
        splits,
        Manifest.Totals.of(List.of()),
        List.of(),
        List.of());
  }

  /** Texts of a family; one that leans takes some words more often and has other scores. */
  public static List<ObjectNode> texts(
      String split, String family, int count, boolean leans, long seed) {
    Random random = new Random(seed);
    List<ObjectNode> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      int words = 20 + random.nextInt(60);
      for (int w = 0; w < words; w++) {
        int word = (int) (100 * Math.pow(random.nextDouble(), 2));
        text.append("word").append(leans && word % 2 == 1 ? word / 3 : word).append(' ');
      }
      rows.add(
          JSON.createObjectNode()
              .put("split", split)
              .put("text", text.toString().strip())
              .put("label", family.equals("human") ? "human" : "synthetic")
              .put("family", family));
    }
    return rows;
  }

  /** Gives every row scores; the first has none, as a text without tokens. */
  public static void score(List<ObjectNode> rows, boolean leans, long seed) {
    Random random = new Random(seed);
    for (ObjectNode row : rows) {
      boolean none = row == rows.getFirst();
      int length = 30 + random.nextInt(60);
      double mean = -3 + 0.3 * random.nextGaussian() + (leans ? 0.9 : 0);
      row.put("log_likelihood", none ? null : (Double) (length * mean));
      row.put("length", none ? 0 : length);
      row.put("mean_log_rank", none ? null : (Double) (-mean + 0.1 * random.nextGaussian()));
      row.put("mean_entropy", none ? null : (Double) (3 + random.nextGaussian()));
    }
  }

  /** Trains and compares detectors. */
  public static DetectJob.Result train(DetectOptions options, SparkSession session) {
    DetectJob job =
        new DetectJob(
            DetectConfig.of(options, new DetectOptions()), DataSets.HADOOP, false, Console.SILENT);
    job.check();
    return job.execute(session);
  }

  /** Applies detectors that were trained. */
  public static ApplyJob.Result apply(
      DetectOptions options, ModelFolder model, SparkSession session) {
    ApplyJob job =
        new ApplyJob(
            DetectConfig.of(options, new DetectOptions()),
            model,
            DataSets.HADOOP,
            false,
            Console.SILENT);
    job.check();
    return job.execute(session);
  }
}
