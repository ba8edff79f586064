package scriptorium.job.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.base.Console;
import scriptorium.job.base.ShardFormat;
import scriptorium.job.output.ShardWriter;
import scriptorium.job.row.SampleRow;
import scriptorium.job.row.SampleSchema;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.store.ShardReceipt;

/** Folders as the commands write them, with rows that are made up: no model, no Spark. */
public final class ReportFolders {
  public static final Configuration HADOOP = new Configuration();
  static final BytePairTokenizer TOKENIZER =
      BytePairTokenizer.load(
          Path.of(System.getProperty("scriptorium.home"), "datasets", "gpt2-tokenizer"));

  private static final String[] WORDS =
      "the sea was calm and old men told their stories of whales in winter while ice broke under him"
          .split(" ");
  private static final ObjectMapper JSON = new ObjectMapper();

  private ReportFolders() {}

  /** So many rows, each of some words; the same for the same seed. */
  static List<SampleRow> rows(int count, long seed, int mostWords, boolean tokenColumns) {
    Random random = new Random(seed);
    List<SampleRow> rows = new ArrayList<>();
    for (int id = 0; id < count; id++) {
      StringBuilder text = new StringBuilder();
      int words = 1 + random.nextInt(mostWords);
      for (int i = 0; i < words; i++) {
        int word = (int) (WORDS.length * random.nextDouble() * random.nextDouble());
        text.append(' ').append(WORDS[word]);
      }
      rows.add(row(id, text.toString(), random, tokenColumns));
    }
    return rows;
  }

  private static SampleRow row(int id, String text, Random random, boolean tokenColumns) {
    int[] tokens = TOKENIZER.encode(text);
    double[] likelihoods = new double[tokens.length];
    int[] ranks = new int[tokens.length];
    double[] entropies = new double[tokens.length];
    double sum = 0;
    for (int i = 0; i < tokens.length; i++) {
      likelihoods[i] = -6 * random.nextDouble();
      ranks[i] = 1 + (int) Math.exp(8 * random.nextDouble() * random.nextDouble());
      entropies[i] = 5 * random.nextDouble();
      sum += likelihoods[i];
    }
    return new SampleRow(
        id,
        false,
        tokens.length,
        text,
        sum,
        sum / 2,
        null,
        null,
        null,
        null,
        null,
        null,
        "mini",
        tokenColumns ? tokens : null,
        tokenColumns ? likelihoods : null,
        tokenColumns ? likelihoods : null,
        tokenColumns ? ranks : null,
        tokenColumns ? entropies : null,
        null);
  }

  static Map<String, Object> settings(int topK) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("temperature", 1.0);
    settings.put("topK", topK);
    settings.put("topPLow", 1.0);
    settings.put("topPHigh", 1.0);
    settings.put("seed", 7);
    return settings;
  }

  /** A data set of {@code generate}. */
  static Path generate(Path out, String format, int topK, List<SampleRow> rows, int shardRows) {
    SampleSchema schema = new SampleSchema(false, false, false, rows.getFirst().tokens() != null);
    OutputStore store = new OutputStore(out.toString(), HADOOP);
    ShardWriter writer = new ShardWriter(store, ShardFormat.of(format).orElseThrow());
    List<ShardReceipt> shards = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += shardRows) {
      shards.add(
          writer.writeSamples(
              "set.train",
              "train",
              shards.size(),
              schema,
              rows.subList(from, Math.min(rows.size(), from + shardRows))));
    }
    Map<String, Object> settings = settings(topK);
    settings.put("format", format);
    write(store, "set", "generate", settings, shards);
    return out;
  }

  /** A data set of another command, from its lines. */
  static Path lines(Path out, String command, List<String> lines) throws Exception {
    OutputStore store = new OutputStore(out.toString(), HADOOP);
    byte[] bytes = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    String file = new ShardFiles(ShardFormat.JSONL).file("texts.train", 0);
    store.write(file, stream -> stream.write(bytes));
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    write(
        store,
        "texts",
        command,
        new LinkedHashMap<>(Map.of("textColumn", "text", "format", "jsonl")),
        List.of(new ShardReceipt("train", 0, file, lines.size(), 0, 0, 0, bytes.length, hash)));
    return out;
  }

  private static void write(
      OutputStore store,
      String name,
      String command,
      Map<String, Object> settings,
      List<ShardReceipt> shards) {
    new Manifest(
            1,
            1,
            name,
            Manifest.Command.valueOf(command.toUpperCase(Locale.ROOT)),
            Manifest.State.DONE,
            "2026-11-25T08:00:00Z",
            "2026-11-25T08:00:10Z",
            new Manifest.Code("0.1.0", "abc1234"),
            new Manifest.Model("mini", "safetensors", "F32", 123, "aa", "bb", new TreeMap<>()),
            null,
            null,
            null,
            settings,
            Map.of(),
            List.of(
                new Manifest.Split(
                    "train",
                    name + ".train",
                    0,
                    shards.stream().mapToLong(ShardReceipt::rows).sum())),
            Manifest.Totals.of(shards),
            List.of(),
            shards)
        .write(store);
  }

  /** Results of {@code detect} for a family. */
  static Path detect(Path out, String family) throws IOException {
    ObjectNode results = JSON.createObjectNode().put("format_version", 1);
    results.putObject("corpus").put("name", "corpus").put("manifest_sha256", "cc");
    ObjectNode group = results.putArray("groups").addObject().put("family", family);
    group.putObject("rows").putObject("train").put("human", 80).put("synthetic", 90);
    for (String name : List.of("tfidf_lr", "log_likelihood")) {
      ObjectNode detector =
          group.withArray("detectors").addObject().put("detector", name).put("threshold", 0.5);
      detector
          .putArray("results")
          .addObject()
          .put("bucket", "all")
          .put("human", 20)
          .put("synthetic", 20)
          .put("accuracy", 0.85)
          .put("accuracy_low", 0.7)
          .put("accuracy_high", 0.94)
          .put("roc_auc", 0.912)
          .put("tpr_at_1_percent_fpr", 0.4);
      for (int i = 0; i <= 1000; i++) {
        detector
            .withArray("roc")
            .add(JSON.createArrayNode().add(i / 1000.0).add(Math.sqrt(i / 1000.0)));
      }
    }
    Files.createDirectories(out);
    Files.write(out.resolve("results.json"), JSON.writeValueAsBytes(results));
    return out;
  }

  /** The page about some folders. */
  static String page(Path... folders) throws Exception {
    return page(20, folders);
  }

  /** The page about some folders, with so many samples of a series. */
  static String page(int samples, Path... folders) throws Exception {
    List<String> names = new ArrayList<>();
    for (Path folder : folders) {
      names.add(folder.toString());
    }
    ReportOptions options =
        new ReportOptions(names, List.of(), null, samples, null, false, Console.SILENT);
    ReportJob.Result result =
        new ReportJob(options, "scriptorium test", null, TOKENIZER, HADOOP).execute();
    return Files.readString(Path.of(result.file()));
  }
}
