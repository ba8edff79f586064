package scriptorium.job.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.Sha256;
import scriptorium.job.base.Texts;

/**
 * A manifest that is read to be shown, which another version or program may have written: unknown
 * keys and missing parts, which {@link Manifest#read} refuses, are tolerated here. Only what would
 * lead out of the folder or cannot be counted is refused. Immutable.
 *
 * @param manifest of what the file lacks, texts and models are null; lists, maps, code and totals
 *     are empty
 * @param sha256 of the file
 */
public record LenientManifest(Manifest manifest, String sha256) {
  private static final Pattern SHARD =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*/part-[0-9]{5,9}\\.(jsonl|parquet)");
  private static final long LIMIT = 1L << 30;
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(100)
                          .maxStringLength(1 << 20)
                          .maxDocumentLength(LIMIT)
                          .build())
                  .build())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
          .build();

  /**
   * Reads the manifest of a folder that has one.
   *
   * @throws OutputException in one line, if it is not the manifest of a data set
   */
  public static LenientManifest read(OutputStore store) {
    String file = store.describe(Manifest.FILE);
    ObjectNode rest = JSON.createObjectNode();
    ShardLedger shards = new ShardLedger();
    MessageDigest digest = Sha256.digest();
    try (InputStream in = new DigestInputStream(store.open(Manifest.FILE), digest);
        JsonParser json = JSON.createParser(in)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw wrong(file, "it is not an object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        json.nextToken();
        if (key.equals("shards")) {
          addShards(json, shards, file);
        } else {
          rest.set(key, JSON.readTree(json));
        }
      }
      in.transferTo(OutputStream.nullOutputStream()); // all of it has been hashed
    } catch (IOException e) {
      throw wrong(file, Texts.firstLine(e));
    }
    check(rest, file);
    return new LenientManifest(manifest(rest, shards, file), Sha256.hex(digest));
  }

  private static void check(ObjectNode manifest, String file) {
    JsonNode version = manifest.path("formatVersion");
    if (version.asInt(0) != Manifest.FORMAT_VERSION) {
      throw wrong(
          file,
          "its formatVersion is " + version + ", this program reads " + Manifest.FORMAT_VERSION);
    }
    String command = manifest.path("command").asText("missing");
    if (Arrays.stream(Manifest.Command.values())
        .noneMatch(known -> known.toString().equals(command))) {
      throw wrong(file, "its command is " + command);
    }
  }

  /** Shards one by one: they may be a million. */
  private static void addShards(JsonParser json, List<ShardReceipt> shards, String file)
      throws IOException {
    if (!json.isExpectedStartArrayToken()) {
      throw wrong(file, "its shards are not a list");
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      ShardReceipt shard = JSON.readValue(json, ShardReceipt.class);
      if (shard == null || shard.file() == null || !SHARD.matcher(shard.file()).matches()) {
        throw wrong(
            file, "it names the file " + (shard == null ? null : shard.file()) + " as a shard");
      }
      if (shard.rows() < 0 || shard.bytes() < 0 || shard.tokens() < 0) {
        throw wrong(file, "shard " + shard.file() + " has a count below 0");
      }
      try {
        shards.add(shard);
      } catch (IllegalArgumentException e) {
        throw wrong(file, e.getMessage());
      }
    }
  }

  private static Manifest manifest(ObjectNode rest, ShardLedger shards, String file) {
    try {
      Manifest read = JSON.treeToValue(rest, Manifest.class);
      return new Manifest(
          read.formatVersion(),
          read.numericsVersion(),
          read.name(),
          read.command(),
          read.state(),
          read.started(),
          read.ended(),
          Objects.requireNonNullElse(read.code(), new Manifest.Code(null, null)),
          read.model(),
          read.observer(),
          read.prompts(),
          read.inputs(),
          Objects.requireNonNullElse(read.settings(), Map.of()),
          Objects.requireNonNullElse(read.placement(), Map.of()),
          withoutNulls(read.splits()),
          Objects.requireNonNullElse(read.totals(), Manifest.Totals.of(List.of())),
          withoutNulls(read.merged()),
          shards);
    } catch (JsonProcessingException e) {
      throw wrong(file, Texts.firstLine(e));
    }
  }

  private static <T> List<T> withoutNulls(List<T> entries) {
    return entries == null ? List.of() : entries.stream().filter(Objects::nonNull).toList();
  }

  private static OutputException wrong(String file, String reason) {
    return new OutputException(
        "Manifest "
            + file
            + " is not the manifest of a data set ("
            + reason
            + "): give a folder that generate, score, corpus or detect wrote");
  }
}
