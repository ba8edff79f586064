package scriptorium.job.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.ModelLocator;
import scriptorium.job.config.Presets;
import scriptorium.job.input.PromptReader;
import scriptorium.job.input.PromptTable;
import scriptorium.job.run.GenerateWork;
import scriptorium.job.run.ShardedRun;
import scriptorium.job.spark.HadoopSettings;

/** {@code generate}: checks everything that can be checked, then starts Spark. */
@Command(
    name = "generate",
    description =
        "Writes a data set of samples; with no options, a small one of the embedded model.")
final class GenerateCommand implements Callable<Integer> {
  @Mixin private GenerateOptions options;
  @Mixin private RunFlags flags;

  @Option(
      names = "--dry-run",
      description = "print shards, tokens, memory and time, and write nothing")
  private boolean dryRun;

  @Option(
      names = "--tokens-per-second",
      paramLabel = "R",
      description = "speed of an executor, for --dry-run (default: measured on this machine)")
  private Double tokensPerSecond;

  @Override
  public Integer call() throws InterruptedException {
    if (tokensPerSecond != null && !(dryRun && tokensPerSecond > 0)) {
      throw new UserException(
          "Tokens per second "
              + tokensPerSecond
              + ": give a positive number, and --dry-run with it");
    }
    List<JobConfig> configs = configs();
    Configuration hadoop = HadoopSettings.current();
    if (configs.size() > 1) { // the last of them is not to fail after hours
      for (JobConfig config : configs) {
        try (ModelFolder model = open(config)) {
          GenerateWork work = new GenerateWork(config, model, prompts(config, hadoop));
          flags.of(work, hadoop).checkWork();
        }
      }
    }
    for (JobConfig config : configs) {
      if (!write(config, hadoop)) {
        break;
      }
    }
    return flags.status();
  }

  /** Writes a data set, or describes it for --dry-run; returns false if it was told to stop. */
  private boolean write(JobConfig config, Configuration hadoop) throws InterruptedException {
    try (ModelFolder model = open(config)) {
      GenerateWork work = new GenerateWork(config, model, prompts(config, hadoop));
      if (!dryRun) {
        return flags.run(work, hadoop, options.onBadRow);
      }
      ShardedRun run = flags.of(work, hadoop);
      run.checkWork();
      double rate = tokensPerSecond == null ? 0 : tokensPerSecond;
      new DryRun(config, model, run, System.out).tell(rate);
      return true;
    }
  }

  /** The data sets that are wanted: of several presets, each has a folder of its name in --out. */
  private List<JobConfig> configs() {
    List<String> presets = flags.preset == null ? List.of() : List.of(flags.preset.split(",", -1));
    if (presets.size() < 2) {
      return List.of(JobConfig.of(options, base(flags.preset)));
    }
    if (options.name != null) {
      throw new UserException(
          "Name "
              + options.name
              + " cannot name several data sets: leave it out, each preset has its own name");
    }
    String root = JobConfig.of(options, new GenerateOptions()).out();
    Map<String, JobConfig> configs = new LinkedHashMap<>();
    for (String preset : presets) {
      GenerateOptions base = base(preset);
      String name = JobConfig.of(options, base).name();
      GenerateOptions inFolder = new GenerateOptions();
      inFolder.out = root + "/" + name;
      if (configs.put(name, JobConfig.of(inFolder.or(options), base)) != null) {
        throw new UserException(
            "Preset "
                + preset
                + " has the same name "
                + name
                + " as another one: give each its own name");
      }
    }
    return List.copyOf(configs.values());
  }

  private GenerateOptions base(String preset) {
    if (preset != null) {
      return Presets.read(preset, GenerateOptions.class);
    }
    return options.model == null
        ? Presets.read(Presets.DEFAULT, GenerateOptions.class)
        : new GenerateOptions();
  }

  private static ModelFolder open(JobConfig config) {
    return ModelFolder.open(ModelLocator.find(config.model(), config.modelsDir()));
  }

  private PromptTable prompts(JobConfig config, Configuration hadoop) {
    if (config.prompts() == null) {
      if (config.samplesPerPrompt() > 1) {
        throw new UserException(
            "Samples per prompt "
                + config.samplesPerPrompt()
                + ": give --prompts with it, or --count");
      }
      return null;
    }
    return PromptReader.read(
        config.prompts(),
        config.textColumn(),
        config.rowSettings(),
        config.inputFormat(),
        hadoop,
        flags.console());
  }
}
