package scriptorium.job.command;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.kernel.KernelChoice;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.StepProfile;
import scriptorium.job.base.BuildInfo;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.OptionChecks;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.run.GenerateWork;
import scriptorium.job.run.ShardedRun;
import scriptorium.job.spark.HadoopSettings;
import scriptorium.job.spark.Sessions;

/**
 * {@code bench}: tokens per second of the engine alone and, on wish, through Spark on the same
 * work.
 */
@Command(
    name = "bench",
    description =
        "Measures tokens/s of the engine, and with --spark of the whole job on the same work.")
final class BenchCommand implements Callable<Integer> {
  /** Tokens a sequence of the run before the measured one, in which the kernels are compiled. */
  private static final int WARM_TOKENS = 128;

  /** Sequences from which the warm-up counts down, past the largest tile of rows. */
  private static final int WARM_ROWS = 16;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      defaultValue = "books-8M",
      description = "model (default: ${DEFAULT-VALUE})")
  private String model;

  @Mixin private ModelsDirOption models;

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
      names = "--top-p",
      paramLabel = "P|LO..HI",
      description = "mass that is kept; a range is drawn from row by row (default: all)")
  private String topP;

  @Option(
      names = "--token-columns",
      description = "also find the log-likelihood, rank and entropy of every token")
  private boolean tokenColumns;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "engine threads (default: the processors)")
  private int threads;

  @Option(
      names = "--score",
      description = "score --sequences texts of --new-tokens random tokens instead")
  private boolean score;

  @Option(
      names = "--kernels",
      paramLabel = "auto|machine-code|vector-api|scalar",
      description = "which kernels run (default: auto)")
  private String kernels = KernelChoice.AUTO.word();

  @Option(
      names = "--cache-type",
      paramLabel = "f32|f16",
      description = "type of the cached keys and values (default: f32)")
  private CacheType cacheType = CacheType.F32;

  @Option(
      names = "--phases",
      description = "also print time, GFLOP/s and GB/s of each phase of a step")
  private boolean phases;

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
    Path folder = models.find(model);
    double engineRate = engine(folder);
    if (spark && !score) {
      double jobRate = job(folder);
      System.out.printf(Locale.ROOT, "job / engine: %.1f %%%n", 100 * jobRate / engineRate);
    }
    return 0;
  }

  private double engine(Path folder) throws InterruptedException {
    EngineOptions options =
        new EngineOptions(threads, 0, 0, 0, cacheType, OptionChecks.kernels(kernels));
    long load = System.nanoTime();
    try (Model loaded = load(folder);
        Engine engine = new Engine(loaded, options)) {
      double loadSeconds = (System.nanoTime() - load) / 1e9;
      long[] tokens = new long[1];
      warm(engine, tokens);
      tokens[0] = 0;
      double peak = Engine.peakGflops(engine.threads());
      StepProfile before = engine.profile();
      long allocated = THREADS.getTotalThreadAllocatedBytes();
      long start = System.nanoTime();
      work(engine, sequences, newTokens, tokens);
      double seconds = (System.nanoTime() - start) / 1e9;
      allocated = THREADS.getTotalThreadAllocatedBytes() - allocated;
      StepProfile spent = engine.profile().since(before);
      if (phases) {
        print(spent, seconds);
      }
      double rate = spent.flops() / seconds / 1e9;
      System.err.println("scriptorium: " + engine.description());
      System.out.printf(
          Locale.ROOT,
          "{\"engine\": \"scriptorium\", \"model\": \"%s\", \"work\": \"%s\", \"tokens\": %d, \"seconds\": %.2f,"
              + " \"tokens_per_second\": %.1f, \"samples_per_second\": %.3f, \"gflops\": %.1f, \"peak_gflops\": %.1f,"
              + " \"percent_of_peak\": %.1f, \"threads\": %d, \"load_seconds\": %.2f, \"resident_mib\": %d, \"peak_mib\": %d,"
              + " \"allocated_bytes_per_token\": %d, \"cache_type\": \"%s\", \"kernels\": \"%s\", \"processor\": \"%s\","
              + " \"processors\": %d, \"version\": \"%s\", \"commit\": \"%s\"}%n",
          folder.getFileName(),
          score
              ? "score %dx%d".formatted(sequences, newTokens)
              : "generate %dx%d top-k %d%s%s"
                  .formatted(
                      sequences,
                      newTokens,
                      topK,
                      topP == null ? "" : " top-p " + topP,
                      tokenColumns ? " token columns" : ""),
          tokens[0],
          seconds,
          tokens[0] / seconds,
          sequences / seconds,
          rate,
          peak,
          100 * rate / peak,
          engine.threads(),
          loadSeconds,
          statusMib("VmRSS:"),
          statusMib("VmHWM:"),
          allocated / tokens[0],
          cacheType.name().toLowerCase(Locale.ROOT),
          engine.kernels(),
          processor(),
          Runtime.getRuntime().availableProcessors(),
          BuildInfo.version(),
          BuildInfo.commit());
      return tokens[0] / seconds;
    }
  }

  /** The files are unmapped before the work, whose memory is measured. */
  private static Model load(Path folder) {
    try (ModelFolder opened = ModelFolder.open(folder)) {
      return Model.load(opened);
    }
  }

  private static void print(StepProfile profile, double seconds) {
    System.out.printf("%-17s %8s %6s %8s %6s%n", "phase", "seconds", "share", "GFLOP/s", "GB/s");
    double rest = seconds;
    for (StepProfile.Phase phase : StepProfile.Phase.values()) {
      double taken = profile.nanos(phase) / 1e9;
      rest -= taken;
      System.out.printf(
          Locale.ROOT,
          "%-17s %8.2f %5.1f%% %8.1f %6.1f%n",
          phase.name().toLowerCase(Locale.ROOT).replace('_', ' '),
          taken,
          100 * taken / seconds,
          profile.flops(phase) / taken / 1e9,
          profile.bytes(phase) / taken / 1e9);
    }
    System.out.printf(
        Locale.ROOT, "%-17s %8.2f %5.1f%%%n", "between steps", rest, 100 * rest / seconds);
  }

  /**
   * Runs the work for a moment, then fewer and fewer sequences: when samples end early their steps
   * have other numbers of rows, whose tiles would otherwise be interpreted at first.
   */
  private void warm(Engine engine, long[] tokens) throws InterruptedException {
    work(engine, sequences, Math.min(newTokens, WARM_TOKENS), tokens);
    for (int few = Math.min(sequences, WARM_ROWS); few >= 1; few--) {
      work(engine, few, Math.min(newTokens, 4), tokens);
    }
  }

  /** Generates or scores so many sequences, and adds the tokens to the count. */
  private void work(Engine engine, int sequences, int length, long[] tokens)
      throws InterruptedException {
    if (score) {
      Random random = new Random(0);
      int end = engine.model().tokenizer().endOfText();
      engine.score(
          IntStream.range(0, sequences)
              .mapToObj(i -> TokenWindow.ofText(i, random.ints(length, 0, end).toArray(), end))
              .iterator(),
          false,
          scored -> tokens[0] += scored.tokenLogLikelihoods().length);
    } else {
      engine.generate(
          prompts(sequences),
          config(Path.of("bench"), Path.of("bench"), sequences, length).generation(),
          sample -> tokens[0] += sample.tokens().length);
    }
  }

  private static java.util.Iterator<Prompt> prompts(int sequences) {
    return LongStream.range(0, sequences).mapToObj(i -> new Prompt(i, new int[0])).iterator();
  }

  private double job(Path place) throws IOException {
    Path out = Files.createTempDirectory("scriptorium-bench");
    SparkSession session = Sessions.start("scriptorium bench", master);
    try (ModelFolder folder = ModelFolder.open(place)) {
      run(folder, session, out.resolve("warm"), Math.min(newTokens, WARM_TOKENS));
      ShardedRun.Result result = run(folder, session, out.resolve("bench"), newTokens);
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

  private ShardedRun.Result run(ModelFolder folder, SparkSession session, Path out, int tokens) {
    JobConfig config = config(folder.path(), out, sequences, tokens);
    GenerateWork work = new GenerateWork(config, folder, null);
    return new ShardedRun(work, HadoopSettings.current(), false, new StandardError(true))
        .execute(session);
  }

  private JobConfig config(Path folder, Path out, int sequences, int tokens) {
    GenerateOptions options = new GenerateOptions();
    options.model = folder.toString();
    options.name = "bench";
    options.count = (long) sequences;
    options.set(SamplingSetting.MAX_NEW_TOKENS, tokens);
    options.set(SamplingSetting.TOP_K, topK == 0 ? null : topK);
    options.set(SamplingSetting.TOP_P, topP);
    options.tokenColumns = tokenColumns ? true : null;
    options.set(SamplingSetting.SEED, 1L);
    options.out = out.toString();
    options.threads = threads == 0 ? null : (Integer) threads;
    options.kernels = kernels;
    options.cacheType = cacheType.name().toLowerCase(Locale.ROOT);
    return JobConfig.of(options, new GenerateOptions());
  }

  private static long statusMib(String key) {
    return statusLine("/proc/self/status", key)
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
