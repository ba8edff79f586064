package scriptorium.job.store;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import scriptorium.job.base.ShardFormat;

/**
 * Whether a manifest that was read has all that every data set's has, with numbers that a data set
 * can have and names that stay in its folder: it may be anybody's file. Stateless, thread-safe.
 */
final class ManifestCheck {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private ManifestCheck() {}

  /** What is wrong with a manifest, as the rest of a sentence that begins with its name. */
  static Optional<String> defect(Manifest manifest) {
    if (manifest == null) {
      return Optional.of("lacks its contents");
    }
    return missing(manifest)
        .map(part -> "lacks " + part)
        .or(() -> wrongEntry(manifest).map(entry -> "has an entry of " + entry))
        .or(() -> wrongNumber(manifest).map(number -> "has " + number))
        .or(() -> wrongName(manifest).map(name -> "names " + name))
        .or(() -> wrongShard(manifest).map(shard -> "names " + shard));
  }

  private static Optional<String> missing(Manifest manifest) {
    Map<String, Object> parts = new LinkedHashMap<>();
    parts.put("name", manifest.name());
    parts.put("command", manifest.command());
    parts.put("state", manifest.state());
    parts.put("code", manifest.code());
    boolean modelless = manifest.command() == Manifest.Command.CORPUS;
    parts.put("model", modelless ? "" : manifest.model());
    parts.put("settings", manifest.settings());
    parts.put("splits", manifest.splits());
    parts.put("totals", manifest.totals());
    parts.put("merged", manifest.merged());
    parts.put("shards", manifest.shards());
    Manifest.Prompts prompts = manifest.prompts();
    parts.put("the file of its prompts", prompts == null ? "" : prompts.file());
    Manifest.Inputs inputs = manifest.inputs();
    parts.put("the files of its inputs", inputs == null ? List.of() : inputs.files());
    return parts.entrySet().stream()
        .filter(part -> part.getValue() == null)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static Optional<String> wrongEntry(Manifest manifest) {
    if (!all(manifest.splits(), split -> split.name() != null && split.folder() != null)) {
      return Optional.of("splits without a name and a folder");
    }
    if (!all(manifest.merged(), file -> file.file() != null)) {
      return Optional.of("merged without a file");
    }
    if (manifest.inputs() != null && !all(manifest.inputs().files(), input -> true)) {
      return Optional.of("inputs without a file");
    }
    return Optional.empty();
  }

  private static <T> boolean all(List<T> entries, Predicate<T> good) {
    return entries.stream().allMatch(entry -> entry != null && good.test(entry));
  }

  private static Optional<String> wrongNumber(Manifest manifest) {
    Object format = manifest.settings().get("format");
    if (ShardFormat.of(format).isEmpty()) {
      return Optional.of("the format " + format + ", which is neither jsonl nor parquet");
    }
    Object shardRows = manifest.settings().get("shardRows");
    if (!(shardRows instanceof Integer rows) || rows < 1) {
      return Optional.of("shardRows " + shardRows + ", which is not a number of rows");
    }
    long all = 0;
    for (Manifest.Split split : manifest.splits()) {
      if (split.offset() < 0
          || split.rows() < 0
          || split.rows() > (long) Integer.MAX_VALUE * rows
          || split.rows() > Long.MAX_VALUE - all) {
        return Optional.of(
            "a split with offset " + split.offset() + " and rows " + split.rows() + ": too many");
      }
      all += split.rows();
    }
    return Optional.empty();
  }

  private static Optional<String> wrongName(Manifest manifest) {
    Set<String> names = new HashSet<>();
    Set<String> splits = new HashSet<>();
    for (Manifest.Split split : manifest.splits()) {
      if (!NAME.matcher(split.folder()).matches()) {
        return foreign("folder", split.folder());
      }
      if (!names.add(split.folder()) || !splits.add(split.name())) {
        return Optional.of("split " + split.name() + " or its folder " + split.folder() + " twice");
      }
    }
    for (Manifest.Merged merged : manifest.merged()) {
      if (!NAME.matcher(merged.file()).matches()) {
        return foreign("file", merged.file());
      }
      if (!names.add(merged.file())) {
        return Optional.of("the file " + merged.file() + " twice");
      }
    }
    return Optional.empty();
  }

  private static Optional<String> foreign(String what, String name) {
    return Optional.of("the " + what + " " + name + ", which no data set has (do not trust it)");
  }

  /** Every shard is read whole: a file that many shards name would be read without end. */
  private static Optional<String> wrongShard(Manifest manifest) {
    ShardFiles files = manifest.shardFiles();
    int shardRows = (Integer) manifest.settings().get("shardRows");
    int[] numbers = new int[manifest.shards().size()];
    int known = 0;
    for (Manifest.Split split : manifest.splits()) {
      long count = Math.ceilDiv(split.rows(), shardRows);
      int first = known;
      for (ShardReceipt shard : manifest.shards()) {
        if (shard.split().equals(split.name())) {
          String file = files.file(split.folder(), shard.index());
          if (shard.index() >= count || !shard.file().equals(file)) {
            return foreignShard(shard);
          }
          numbers[known++] = shard.index();
        }
      }
      Arrays.sort(numbers, first, known);
      for (int i = first + 1; i < known; i++) {
        if (numbers[i] == numbers[i - 1]) {
          String file = files.file(split.folder(), numbers[i]);
          return Optional.of("the shard " + file + " twice");
        }
      }
    }
    return known == numbers.length ? Optional.empty() : shardOfNoSplit(manifest);
  }

  private static Optional<String> shardOfNoSplit(Manifest manifest) {
    Set<String> splits =
        manifest.splits().stream().map(Manifest.Split::name).collect(Collectors.toSet());
    return manifest.shards().stream()
        .filter(shard -> !splits.contains(shard.split()))
        .findFirst()
        .flatMap(ManifestCheck::foreignShard);
  }

  private static Optional<String> foreignShard(ShardReceipt shard) {
    return foreign("shard", shard.file());
  }
}
