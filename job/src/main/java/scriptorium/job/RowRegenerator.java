package scriptorium.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import scriptorium.engine.Engine;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.generation.Prompt;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.io.Manifest;
import scriptorium.job.io.PromptReader;
import scriptorium.job.io.PromptTable;
import scriptorium.job.io.SampleRow;
import scriptorium.job.io.ShardChecker;
import scriptorium.job.io.ShardChecker.Defect;
import scriptorium.job.io.ShardStore;

/**
 * Generates rows of a data set again from what its manifest says, and holds them against those that
 * are there, byte for byte: that proves which weights, settings and seed they came from.
 */
final class RowRegenerator {
  private final Manifest manifest;
  private final ModelFolder model;
  private final ShardStore store;
  private final Configuration hadoop;
  private final JobConfig config;
  private final PromptTable prompts;

  /**
   * @throws UserException where the data set has not come from that model and its prompts
   */
  RowRegenerator(Manifest manifest, ModelFolder model, ShardStore store, Configuration hadoop) {
    this.manifest = manifest;
    this.model = model;
    this.store = store;
    this.hadoop = hadoop;
    if (!manifest.command().equals("generate")) {
      throw new UserException(
          "Data set " + manifest.name() + " was scored, not generated: leave out --regenerate");
    }
    if (!model.weightsHash().equals(manifest.model().weightsSha256())
        || !model.tokenizerHash().equals(manifest.model().tokenizerSha256())) {
      throw new UserException(
          "Model "
              + model.path()
              + " is not the one of the data set: its weights have the SHA-256 "
              + model.weightsHash()
              + ", the manifest "
              + manifest.model().weightsSha256());
    }
    if (manifest.numericsVersion() != Engine.NUMERICS_VERSION) {
      throw new UserException(
          "Data set "
              + manifest.name()
              + " has the numerics version "
              + manifest.numericsVersion()
              + ", this program "
              + Engine.NUMERICS_VERSION
              + ": take the Scriptorium "
              + manifest.code().version()
              + " that wrote it");
    }
    config = JobConfig.of(options(), new GenerateOptions());
    prompts = prompts();
  }

  private GenerateOptions options() {
    Map<String, Object> settings = manifest.settings();
    GenerateOptions options = new GenerateOptions();
    options.name = manifest.name();
    options.model = model.path().toString();
    options.prompts = manifest.prompts() == null ? null : manifest.prompts().file();
    options.textColumn = (String) settings.get("textColumn");
    options.samplesPerPrompt = number(settings, "samplesPerPrompt").intValue();
    options.temperature = number(settings, "temperature").doubleValue();
    int topK = number(settings, "topK").intValue();
    options.topK = topK == 0 ? null : (Integer) topK;
    options.topP = settings.get("topPLow") + ".." + settings.get("topPHigh");
    int most = number(settings, "maxNewTokens").intValue();
    options.maxNewTokens = most == 0 ? null : (Integer) most;
    options.seed = number(settings, "seed").longValue();
    options.format = (String) settings.get("format");
    options.schema = (String) settings.get("schema");
    options.tokenColumns = (Boolean) settings.get("tokenColumns");
    options.shardRows = number(settings, "shardRows").intValue();
    options.cacheType = (String) settings.get("cacheType");
    return options;
  }

  private static Number number(Map<String, Object> settings, String key) {
    if (settings.get(key) instanceof Number number) {
      return number;
    }
    throw new UserException(
        "Manifest setting " + key + " is missing: the data set cannot be drawn again");
  }

  private PromptTable prompts() {
    if (manifest.prompts() == null) {
      return null;
    }
    PromptTable table = PromptReader.read(manifest.prompts().file(), config.textColumn(), hadoop);
    if (!table.sha256().equals(manifest.prompts().sha256())) {
      throw new UserException(
          "Prompts file "
              + manifest.prompts().file()
              + " is not the one of the data set: its SHA-256 is "
              + table.sha256()
              + ", the manifest has "
              + manifest.prompts().sha256());
    }
    return table;
  }

  /** A row of a split. */
  private record Place(Manifest.Split split, long row) {}

  /** The defects of so many rows, drawn by a seed. */
  List<Defect> check(long count, long seed) throws InterruptedException {
    GenerateTask.JobSettings settings = GenerateTask.JobSettings.of(config, model.name());
    Map<Place, SampleRow> drawn = new HashMap<>();
    try (Model loaded = Model.load(model);
        Engine engine = new Engine(loaded, config.engine())) {
      SampleRows rows =
          new SampleRows(settings, prompts, loaded.tokenizer(), engine.maxPromptLength());
      Map<Long, Place> byStream = new HashMap<>();
      List<Prompt> wanted = new ArrayList<>();
      for (Place place : places(count, new Random(seed))) {
        String error = rows.error(place.row());
        if (error == null) {
          byStream.put(place.split().offset() + place.row(), place);
          wanted.add(rows.prompt(place.row(), place.split().offset()));
        } else {
          drawn.put(place, rows.errorRow(place.row(), error));
        }
      }
      engine.generate(
          wanted.iterator(),
          config.generation(),
          sample -> {
            Place place = byStream.get(sample.streamId());
            drawn.put(place, rows.row(place.row(), sample));
          });
    }
    return compare(drawn);
  }

  private Set<Place> places(long count, Random random) {
    long all = manifest.splits().stream().mapToLong(Manifest.Split::rows).sum();
    Set<Place> places = new LinkedHashSet<>();
    while (places.size() < Math.min(count, all)) {
      long row = random.nextLong(all);
      for (Manifest.Split split : manifest.splits()) {
        if (row >= 0 && row < split.rows()) {
          places.add(new Place(split, row));
        }
        row -= split.rows();
      }
    }
    return places;
  }

  private List<Defect> compare(Map<Place, SampleRow> drawn) {
    Map<String, Map<Integer, SampleRow>> byShard = new HashMap<>();
    drawn.forEach(
        (place, row) -> {
          int shard = (int) (place.row() / config.shardRows());
          byShard
              .computeIfAbsent(
                  store.shardFile(place.split().folder(), shard), file -> new HashMap<>())
              .put((int) (place.row() % config.shardRows()), row);
        });
    List<Defect> defects = new ArrayList<>();
    byShard.forEach(
        (file, rows) -> {
          try {
            defects.addAll(ShardChecker.compare(store, file, config.sampleSchema(), rows, hadoop));
          } catch (IOException e) {
            defects.add(new Defect(file, "cannot be read: " + e.getMessage()));
          }
        });
    defects.sort(Comparator.comparing(Defect::file).thenComparing(Defect::what));
    return defects;
  }
}
