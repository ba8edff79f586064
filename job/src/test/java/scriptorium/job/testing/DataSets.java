package scriptorium.job.testing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.Console;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.output.WrittenRows;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.run.GenerateWork;
import scriptorium.job.run.ScoreWork;
import scriptorium.job.run.ShardedRun;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;
import scriptorium.job.verify.VerifyDatasetJob;

/** Small data sets, and forgeries: changed shards with a manifest that was written to match. */
public final class DataSets {
  public static final Configuration HADOOP = new Configuration();

  private DataSets() {}

  public static ModelFolder model() {
    return ModelFolder.open(
        Path.of(System.getProperty("scriptorium.home"), "datasets", "books-8M"));
  }

  public static GenerateOptions samples(Path out, String format) {
    GenerateOptions options = new GenerateOptions();
    options.name = "set";
    options.model = "books-8M";
    options.split = "train=23,valid=7";
    options.set(SamplingSetting.TOP_K, 40);
    options.set(SamplingSetting.MAX_NEW_TOKENS, 12);
    options.shardRows = 10;
    options.format = format;
    options.out = out.toString();
    return options;
  }

  public static void generate(GenerateOptions options, ModelFolder model, SparkSession session) {
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    ShardedRun job =
        new ShardedRun(
            new GenerateWork(
                config,
                model,
                config.prompts() == null
                    ? null
                    : scriptorium.job.input.PromptReader.read(
                        config.prompts(), config.textColumn(), config.rowSettings(), HADOOP)),
            HADOOP,
            false,
            Console.SILENT);
    job.check();
    job.execute(session);
  }

  public static ScoreOptions scores(Path input, Path out, String format) {
    ScoreOptions options = new ScoreOptions();
    options.name = "set";
    options.model = "books-8M";
    options.input = List.of(input.toString());
    options.shardRows = 10;
    options.format = format;
    options.out = out.toString();
    return options;
  }

  public static void score(
      ScoreOptions options, ModelFolder model, ModelFolder observer, SparkSession session) {
    ScoreConfig config = ScoreConfig.of(options, new ScoreOptions());
    ShardedRun job =
        new ShardedRun(
            new ScoreWork(config, model, observer, HADOOP), HADOOP, false, Console.SILENT);
    job.check();
    job.execute(session);
  }

  public static VerifyDatasetJob verify(Path out) {
    return new VerifyDatasetJob(out.toString(), HADOOP);
  }

  /** Changes a line of a shard, and the manifest to match. */
  public static void forgeLine(Path out, String file, int line, UnaryOperator<String> change)
      throws Exception {
    List<String> lines = new ArrayList<>(Files.readAllLines(out.resolve(file)));
    String changed = change.apply(lines.get(line));
    if (changed.equals(lines.get(line))) {
      throw new AssertionError("Nothing changed in " + changed);
    }
    lines.set(line, changed);
    Files.writeString(out.resolve(file), String.join("\n", lines) + "\n");
    match(out, file);
  }

  /** Writes a Parquet shard again by Spark, and the manifest to match. */
  public static void forgeTable(
      Path out, String file, SparkSession session, UnaryOperator<Dataset<Row>> change)
      throws Exception {
    Path folder = out.resolveSibling("forged");
    change
        .apply(session.read().parquet(out.resolve(file).toString()))
        .coalesce(1)
        .write()
        .mode("overwrite")
        .parquet(folder.toString());
    try (Stream<Path> written = Files.list(folder)) {
      Path part =
          written.filter(path -> path.toString().endsWith(".parquet")).findFirst().orElseThrow();
      Files.write(out.resolve(file), Files.readAllBytes(part));
    }
    match(out, file);
  }

  private static OutputStore store(Path out) {
    return new OutputStore(out.toString(), HADOOP);
  }

  public static Manifest manifest(Path out) {
    return Manifest.read(store(out)).orElseThrow();
  }

  /** All rows, split by split and in their order. */
  public static List<ObjectNode> rows(Path out) throws IOException {
    List<ObjectNode> all = new ArrayList<>();
    for (ShardReceipt shard : manifest(out).shards()) {
      try (WrittenRows rows = WrittenRows.open(store(out), shard.file())) {
        for (ObjectNode row = rows.next(); row != null; row = rows.next()) {
          all.add(row);
        }
      }
    }
    return all;
  }

  /** The SHA-256 of a file. */
  public static String hash(Path file) throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static void match(Path out, String file) throws Exception {
    long bytes = Files.size(out.resolve(file));
    String hash = hash(out.resolve(file));
    Manifest manifest = manifest(out);
    List<ShardReceipt> receipts =
        manifest.shards().stream()
            .map(shard -> shard.file().equals(file) ? with(shard, bytes, hash) : shard)
            .toList();
    manifest.done(receipts, manifest.merged()).write(store(out));
  }

  private static ShardReceipt with(ShardReceipt shard, long bytes, String hash) {
    return new ShardReceipt(
        shard.split(),
        shard.index(),
        shard.file(),
        shard.rows(),
        shard.tokens(),
        shard.ended(),
        shard.errors(),
        bytes,
        hash);
  }

  /** Lines of a file of texts, each a row with some columns that a scored row has too. */
  public static Path texts(Path file, int count) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append(
          "{\"text\":\"It was day %d of the voyage, and the sea was calm.\",\"length\":%d,\"before\":\"Chapter %d. \"}%n"
              .formatted(i, i, i / 3));
    }
    Files.writeString(file, lines.toString());
    return file;
  }
}
