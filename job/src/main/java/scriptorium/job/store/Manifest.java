package scriptorium.job.store;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.BuildInfo;
import scriptorium.job.base.DataSetFiles;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.ShardFormat;

/**
 * What a data set is and was made of, as {@code manifest.json}: enough to verify or regenerate any
 * row. Immutable.
 *
 * @param settings every resolved setting that decides bytes
 * @param placement settings that decide none: where and how wide the run was
 * @param state running or done
 * @param started and {@code ended}: ISO instants
 */
@JsonPropertyOrder({
  "formatVersion",
  "numericsVersion",
  "name",
  "command",
  "state",
  "started",
  "ended",
  "code",
  "model",
  "observer",
  "prompts",
  "inputs",
  "settings",
  "placement",
  "splits",
  "totals",
  "merged",
  "shards"
})
public record Manifest(
    int formatVersion,
    int numericsVersion,
    String name,
    Command command,
    State state,
    String started,
    String ended,
    Code code,
    Model model,
    @JsonInclude(JsonInclude.Include.NON_NULL) Model observer,
    Prompts prompts,
    @JsonInclude(JsonInclude.Include.NON_NULL) Inputs inputs,
    Map<String, Object> settings,
    Map<String, Object> placement,
    List<Split> splits,
    Totals totals,
    List<Merged> merged,
    @JsonSerialize(using = ShardLedger.Writer.class)
        @JsonDeserialize(using = ShardLedger.Reader.class)
        List<ShardReceipt> shards) {
  /** Name of the manifest in a data set's folder. */
  public static final String FILE = DataSetFiles.MANIFEST;

  /** Raised by every change of the manifest that an older version would misread. */
  public static final int FORMAT_VERSION = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(com.fasterxml.jackson.core.JsonGenerator.Feature.AUTO_CLOSE_TARGET)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** The command that writes a data set. */
  public enum Command {
    /** Samples of a model. */
    GENERATE,
    /** Texts with their scores. */
    SCORE,
    /** Its rows come from other data sets. */
    CORPUS;

    /** The word of the command line and of manifests. */
    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How far a run is. */
  public enum State {
    /** Shards may be missing. */
    RUNNING,
    /** All shards are there. */
    DONE;

    /** The word of manifests. */
    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The program that wrote the data set. */
  public record Code(String version, String commit) {
    /** This program. */
    public static Code current() {
      return new Code(BuildInfo.version(), BuildInfo.commit());
    }
  }

  /** The model: its name, how it was stored, and hashes of its content and of its files. */
  public record Model(
      String name,
      String format,
      String dataType,
      long parameters,
      String weightsSha256,
      String tokenizerSha256,
      SortedMap<String, String> files) {
    /** A model's entry; the files' hashes, which take long, only where wanted. */
    public static Model of(ModelFolder model, boolean withFiles) {
      return new Model(
          model.name(),
          model.format(),
          model.dataType(),
          model.parameters(),
          model.weightsHash(),
          model.tokenizerHash(),
          withFiles ? model.fileHashes() : null);
    }
  }

  /** The prompts file. */
  public record Prompts(String file, String sha256, long rows, long errors) {}

  /**
   * The texts that were scored.
   *
   * @param sha256 of the files' hashes, one after the other
   */
  public record Inputs(String sha256, long rows, List<Input> files) {}

  /** One file of texts; {@code error} says where its end was lost, or is null. */
  public record Input(String file, String sha256, long bytes, long rows, String error) {}

  /** A split; its rows take the random streams from {@code offset} on. */
  public record Split(String name, String folder, long offset, long rows) {}

  /** Sums over the committed shards. */
  public record Totals(long shards, long rows, long tokens, long ended, long errors, long bytes) {
    /** The totals of some shards. */
    public static Totals of(List<ShardReceipt> shards) {
      long rows = 0;
      long tokens = 0;
      long ended = 0;
      long errors = 0;
      long bytes = 0;
      for (ShardReceipt shard : shards) {
        rows += shard.rows();
        tokens += shard.tokens();
        ended += shard.ended();
        errors += shard.errors();
        bytes += shard.bytes();
      }
      return new Totals(shards.size(), rows, tokens, ended, errors, bytes);
    }
  }

  /** A merged file of a split. */
  public record Merged(String file, long bytes, String sha256) implements Serializable {}

  /** This manifest of a run that is not finished, with the shards that are there. */
  public Manifest running(List<ShardReceipt> receipts) {
    return with(splits, receipts, List.of(), State.RUNNING, null);
  }

  /** This manifest of a run that is finished now, with all its shards and files made of them. */
  public Manifest done(List<ShardReceipt> receipts, List<Merged> mergedFiles) {
    return with(splits, receipts, mergedFiles, State.DONE, now());
  }

  /** This manifest with other splits. */
  public Manifest withSplits(List<Split> others) {
    return with(others, shards, merged, state, ended);
  }

  private Manifest with(
      List<Split> newSplits,
      List<ShardReceipt> receipts,
      List<Merged> mergedFiles,
      State newState,
      String end) {
    return new Manifest(
        formatVersion,
        numericsVersion,
        name,
        command,
        newState,
        started,
        end,
        code,
        model,
        observer,
        prompts,
        inputs,
        settings,
        placement,
        newSplits,
        Totals.of(receipts),
        List.copyOf(mergedFiles),
        ShardLedger.of(receipts));
  }

  /** Whether the run is finished. */
  public boolean finished() {
    return state == State.DONE;
  }

  /** What decides the bytes. */
  public Identity identity() {
    return new Identity(
        formatVersion,
        numericsVersion,
        command,
        name,
        model,
        observer,
        prompts,
        inputs,
        splits,
        settings);
  }

  /**
   * How the shards' files are named.
   *
   * @throws IllegalStateException if the settings name no format, which no manifest that was read
   *     has
   */
  public ShardFiles shardFiles() {
    return new ShardFiles(
        ShardFormat.of(settings.get("format"))
            .orElseThrow(() -> new IllegalStateException("No format " + settings.get("format"))));
  }

  /** The time for {@code started} and {@code ended}. */
  static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** Writes the manifest, replacing an older one at once. */
  public void write(OutputStore store) {
    store.write(FILE, out -> JSON.writeValue(out, this));
  }

  /** Reads the manifest of an output folder, if it has one. */
  public static Optional<Manifest> read(OutputStore store) {
    Optional<String> file = find(store);
    return file.isEmpty() ? Optional.empty() : read(store, file.get());
  }

  /**
   * Where the manifest is. On file systems that cannot replace a file at once it is away for a
   * moment: a run that dies then leaves it behind as whole as it was about to be.
   */
  private static Optional<String> find(OutputStore store) {
    return store.exists(FILE) ? Optional.of(FILE) : store.leftOver(FILE);
  }

  /** Whether an output folder has a manifest. */
  public static boolean isIn(OutputStore store) {
    return find(store).isPresent();
  }

  private static Optional<Manifest> read(OutputStore store, String file) {
    try (InputStream in = store.open(file)) {
      Manifest manifest = JSON.readValue(in, Manifest.class);
      Optional<String> defect = ManifestCheck.defect(manifest);
      if (defect.isPresent()) {
        throw new OutputException(
            store.describe(file)
                + " "
                + defect.get()
                + ": take the one that the run wrote, or give --overwrite to start over");
      }
      return Optional.of(manifest);
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable");
      throw new OutputException(
          store.describe(file)
              + " is not a manifest of this version ("
              + reason
              + "): give --overwrite to start over",
          e);
    }
  }
}
