package scriptorium.job.corpus;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import scriptorium.job.base.Console;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.base.UserPath;
import scriptorium.job.config.CorpusConfig;
import scriptorium.job.config.Presets;
import scriptorium.job.input.InputFile;
import scriptorium.job.input.InputListing;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.format.InputFormat;
import scriptorium.job.row.RowSchema;
import scriptorium.job.row.SamplingFamily;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.run.RecordedRun;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;

/**
 * Where texts of a corpus come from. Immutable.
 *
 * @param side 0 for human text, 1.. for the synthetic sources
 * @param name unique in the corpus
 * @param family how it was sampled: human, t1, k40, nucleus, or such as t0.7-k100
 * @param model that wrote it, null where it is not known, as are the settings
 * @param topP null where it is drawn per row
 * @param scores how its rows were scored, null where they were not
 */
record CorpusSource(
    int side,
    String name,
    String family,
    List<InputFile> files,
    String model,
    Double temperature,
    Integer topK,
    Double topP,
    Scores scores)
    implements Serializable {
  private static final String HUMAN = "human";
  private static final Pattern RELEASED =
      Pattern.compile(
          "((?:small|medium|large|xl)-([0-9]+M)(?:-(k40|nucleus))?)\\.(?:train|valid|test)");

  /**
   * Scores that the rows of a source have.
   *
   * @param weights SHA-256 of the model's
   * @param rows what the rows call them
   */
  record Scores(String weights, List<ScoreColumn> columns, RowSchema rows)
      implements Serializable {}

  boolean human() {
    return side == 0;
  }

  /**
   * The sources that a corpus names, human ones first.
   *
   * @param console is told what is left out of folders
   * @throws UserException for one that is not there, or not what it is given as
   */
  static List<CorpusSource> of(CorpusConfig config, Configuration hadoop, Console console) {
    try {
      List<CorpusSource> sources = new ArrayList<>();
      config.human().forEach(path -> sources.add(human(path, config, hadoop, console)));
      for (String path : config.synthetic()) {
        sources.add(synthetic(path, config, hadoop, console));
      }
      return numbered(sources);
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** Sources of one name are one, if they are files, and get numbers otherwise. */
  private static List<CorpusSource> numbered(List<CorpusSource> sources) {
    Map<String, CorpusSource> named = new LinkedHashMap<>();
    int side = 0;
    for (CorpusSource source : sources) {
      String name = source.name;
      CorpusSource same = named.get(name);
      if (same != null && same.withFiles(List.of()).equals(source.withFiles(List.of()))) {
        List<InputFile> files = new ArrayList<>(same.files);
        files.addAll(source.files);
        named.put(name, same.withFiles(files));
        continue;
      }
      for (int i = 2; named.containsKey(name); i++) {
        name = source.name + "-" + i;
      }
      named.put(name, source.with(source.human() ? 0 : ++side, name));
    }
    return List.copyOf(named.values());
  }

  private CorpusSource withFiles(List<InputFile> other) {
    return new CorpusSource(
        Math.min(side, 1), name, family, other, model, temperature, topK, topP, scores);
  }

  private CorpusSource with(int newSide, String newName) {
    return new CorpusSource(
        newSide, newName, family, files, model, temperature, topK, topP, scores);
  }

  private static CorpusSource human(
      String path, CorpusConfig config, Configuration hadoop, Console console) {
    Manifest manifest = manifest(path, hadoop);
    if (manifest != null && manifest.command() != Manifest.Command.SCORE) {
      throw new UserException(
          "Human text "
              + path
              + " is a data set of "
              + manifest.command()
              + ": name it by --synthetic, or give human text");
    }
    return new CorpusSource(
        0,
        manifest == null ? name(path) : manifest.name(),
        HUMAN,
        manifest == null ? files(path, config, hadoop, console) : shards(path, manifest, hadoop),
        null,
        null,
        null,
        null,
        manifest == null ? null : scores(manifest));
  }

  private static CorpusSource synthetic(
      String path, CorpusConfig config, Configuration hadoop, Console console) {
    Manifest manifest = manifest(path, hadoop);
    if (manifest == null) {
      return released(path, files(path, config, hadoop, console));
    }
    Manifest wrote =
        manifest.command() == Manifest.Command.SCORE
            ? scoredDataSet(path, manifest, hadoop)
            : manifest;
    if (wrote.command() != Manifest.Command.GENERATE) {
      throw new UserException(
          "Synthetic text "
              + path
              + " is a data set of "
              + wrote.command()
              + ": give one of generate");
    }
    double temperature = number(wrote, "temperature");
    int topK = (int) number(wrote, "topK");
    double low = number(wrote, "topPLow");
    double high = number(wrote, "topPHigh");
    return new CorpusSource(
        1,
        wrote.name(),
        SamplingFamily.of(wrote.settings()),
        shards(path, manifest, hadoop),
        wrote.model().name(),
        temperature,
        topK == 0 ? null : (Integer) topK,
        low < high ? null : (Double) high,
        manifest == wrote ? null : scores(manifest));
  }

  private static List<InputFile> files(
      String path, CorpusConfig config, Configuration hadoop, Console console) {
    InputListing listing =
        InputListing.of(List.of(path), config.out(), config.inputFormat(), hadoop);
    listing.warning().ifPresent(console::warn);
    return listing.files();
  }

  private static double number(Manifest manifest, String key) {
    if (manifest.settings().get(key) instanceof Number number) {
      return number.doubleValue();
    }
    throw new UserException(
        "Manifest setting "
            + key
            + " of data set "
            + manifest.name()
            + " is "
            + manifest.settings().get(key)
            + ": take the manifest.json that the run wrote");
  }

  /** A file without a manifest; where it has a released name, that tells model and family. */
  private static CorpusSource released(String path, List<InputFile> files) {
    String name = name(path);
    Matcher matcher = RELEASED.matcher(fileName(path));
    if (!matcher.matches()) {
      return new CorpusSource(1, name, name, files, null, null, null, null, null);
    }
    String family = matcher.group(3) == null ? "t1" : matcher.group(3);
    return new CorpusSource(
        1,
        matcher.group(1),
        family,
        files,
        Presets.currentName(matcher.group(2)),
        1.0,
        family.equals("k40") ? (Integer) 40 : null,
        family.equals("nucleus") ? null : (Double) 1.0,
        null);
  }

  private static String name(String path) {
    String plain = fileName(path).replaceFirst("\\.(train|valid|test)$", "");
    return plain.matches("[A-Za-z0-9][A-Za-z0-9._-]*") ? plain : "texts";
  }

  private static String fileName(String path) {
    String[] parts = path.split("[/\\\\]");
    String last = parts.length == 0 ? "" : parts[parts.length - 1];
    return InputFormat.withoutEndings(last);
  }

  private static Manifest manifest(String path, Configuration hadoop) {
    try {
      Path folder = UserPath.of(path);
      if (!folder.getFileSystem(hadoop).exists(new Path(folder, Manifest.FILE))) {
        return null;
      }
    } catch (IOException | IllegalArgumentException e) {
      return null; // told where its files are listed
    }
    Manifest manifest = Manifest.read(new OutputStore(path, hadoop)).orElseThrow();
    if (!manifest.finished()) {
      throw new UserException(
          "Data set " + path + " is not finished: the command that began it resumes it");
    }
    return manifest;
  }

  /** The data set whose shards a run of score has read. */
  private static Manifest scoredDataSet(String path, Manifest scored, Configuration hadoop) {
    List<Manifest.Input> inputs = scored.inputs() == null ? List.of() : scored.inputs().files();
    Path folder = inputs.isEmpty() ? null : new Path(inputs.getFirst().file()).getParent();
    Manifest wrote =
        folder == null || folder.isRoot() ? null : manifest(folder.getParent().toString(), hadoop);
    if (wrote == null) {
      throw new UserException(
          "Synthetic text "
              + path
              + " was scored from a data set that is no longer there: name that data set, and the scoring model by"
              + " --model");
    }
    return wrote;
  }

  private static List<InputFile> shards(String path, Manifest manifest, Configuration hadoop) {
    InputFormat format = InputFormat.valueOf(manifest.shardFiles().format().name());
    OutputStore store = new OutputStore(path, hadoop);
    return manifest.shards().stream()
        .map(shard -> new InputFile(store.describe(shard.file()), format, Codec.NONE))
        .toList();
  }

  private static Scores scores(Manifest manifest) {
    RecordedRun run = new RecordedRun(manifest);
    return new Scores(
        manifest.model().weightsSha256(),
        run.score().columns().stream().filter(CorpusSource::isNumber).toList(),
        run.schema());
  }

  private static boolean isNumber(ScoreColumn column) {
    return !column.type().startsWith("array");
  }
}
