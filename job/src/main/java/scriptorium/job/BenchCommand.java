package scriptorium.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.ModelLocator;

/**
 * {@code bench}: tokens per second of the engine alone and, on wish, through Spark on the same
 * work.
 */
@Command(
    name = "bench",
    description =
        "Measures tokens/s of the engine, and with --spark of the whole job on the same work.")
final class BenchCommand implements Callable<Integer> {
  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      defaultValue = "books-8M",
      description = "model (default: ${DEFAULT-VALUE})")
  private String model;

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      defaultValue = "models",
      description = "where named models lie")
  private String modelsDir;

  @Option(
      names = "--sequences",
      paramLabel = "N",
      defaultValue = "32",
      description = "samples (default: ${DEFAULT-VALUE})")
  private int sequences;

  @Option(
      names = "--new-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "tokens a sample (default: ${DEFAULT-VALUE})")
  private int newTokens;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "40",
      description = "0 for all (default: ${DEFAULT-VALUE})")
  private int topK;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "engine threads (default: the processors)")
  private int threads;

  @Option(names = "--spark", description = "also run the same work through the Spark job")
  private boolean spark;

  @Option(
      names = "--master",
      paramLabel = "URL",
      description = "Spark master for --spark (default: local[*])")
  private String master;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (sequences < 1 || newTokens < 1 || topK < 0 || threads < 0) {
      throw new UserException(
          "Sequences "
              + sequences
              + ", new tokens "
              + newTokens
              + ", top-k "
              + topK
              + ", threads "
              + threads
              + ": give positive numbers");
    }
    try (ModelFolder folder = ModelFolder.open(ModelLocator.find(model, modelsDir))) {
      double engineRate = engine(folder);
      if (spark) {
        double jobRate = job(folder);
        System.out.printf(Locale.ROOT, "job / engine: %.1f %%%n", 100 * jobRate / engineRate);
      }
    }
    return 0;
  }

  private double engine(ModelFolder folder) throws InterruptedException {
    long load = System.nanoTime();
    try (Model loaded = Model.load(folder);
        Engine engine = new Engine(loaded, new EngineOptions(threads, 0, 0, 0))) {
      double loadSeconds = (System.nanoTime() - load) / 1e9;
      GenerationConfig warm =
          new GenerationConfig(1, topK, 1, 1, Math.min(newTokens, 24), 2, false);
      long[] tokens = new long[1];
      engine.generate(prompts(), warm, sample -> {});
      GenerationConfig config = new GenerationConfig(1, topK, 1, 1, newTokens, 1, false);
      long start = System.nanoTime();
      engine.generate(prompts(), config, sample -> tokens[0] += sample.tokens().length);
      double seconds = (System.nanoTime() - start) / 1e9;
      System.err.println("scriptorium: " + engine.description());
      System.out.printf(
          Locale.ROOT,
          "{\"engine\": \"scriptorium\", \"model\": \"%s\", \"work\": \"generate %dx%d top-k %d\", \"tokens\": %d, \"seconds\": %.2f,"
              + " \"tokens_per_second\": %.1f, \"samples_per_second\": %.3f, \"load_seconds\": %.2f, \"resident_mib\": %d, \"processor\": \"%s\","
              + " \"processors\": %d, \"version\": \"%s\", \"commit\": \"%s\"}%n",
          folder.name(),
          sequences,
          newTokens,
          topK,
          tokens[0],
          seconds,
          tokens[0] / seconds,
          sequences / seconds,
          loadSeconds,
          residentMib(),
          processor(),
          Runtime.getRuntime().availableProcessors(),
          BuildInfo.version(),
          BuildInfo.commit());
      return tokens[0] / seconds;
    }
  }

  private java.util.Iterator<Prompt> prompts() {
    return LongStream.range(0, sequences).mapToObj(i -> new Prompt(i, new int[0])).iterator();
  }

  private double job(ModelFolder folder) throws IOException {
    Path out = Files.createTempDirectory("scriptorium-bench");
    SparkSession session = Sessions.start("scriptorium bench", master);
    try {
      run(folder, session, out.resolve("warm"), Math.min(newTokens, 24));
      GenerateDatasetJob.Result result = run(folder, session, out.resolve("bench"), newTokens);
      System.out.printf(
          Locale.ROOT,
          "through Spark: %,d tokens in %.2f s, %.1f tokens/s%n",
          result.newTokens(),
          result.seconds(),
          result.newTokens() / result.seconds());
      return result.newTokens() / result.seconds();
    } finally {
      session.stop();
      try (Stream<Path> files = Files.walk(out)) {
        List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
        for (Path file : all) {
          Files.delete(file);
        }
      }
    }
  }

  private GenerateDatasetJob.Result run(
      ModelFolder folder, SparkSession session, Path out, int tokens) {
    GenerateOptions options = new GenerateOptions();
    options.model = folder.path().toString();
    options.name = "bench";
    options.count = (long) sequences;
    options.maxNewTokens = tokens;
    options.topK = topK == 0 ? null : (Integer) topK;
    options.seed = 1L;
    options.out = out.toString();
    options.threads = threads == 0 ? null : (Integer) threads;
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    return new GenerateDatasetJob(config, folder, null, new Configuration(), false, true)
        .execute(session);
  }

  private static long residentMib() {
    return statusLine("/proc/self/status", "VmRSS:")
        .replaceAll("[^0-9]", "")
        .transform(kib -> kib.isEmpty() ? 0 : Long.parseLong(kib) / 1024);
  }

  private static String processor() {
    return statusLine("/proc/cpuinfo", "model name").replaceFirst("^[^:]*:", "").strip();
  }

  private static String statusLine(String file, String key) {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines.filter(line -> line.startsWith(key)).findFirst().orElse("");
    } catch (IOException e) {
      return "";
    }
  }
}
