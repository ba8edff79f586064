package scriptorium.job.report.read;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.DataSetFiles;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.Sha256;
import scriptorium.job.base.UserException;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardLedger;
import scriptorium.job.store.ShardReceipt;

/**
 * Reads what a folder says of itself: {@code manifest.json} of a data set, {@code results.json} of
 * {@code detect}. Keys that are not known are kept, so that manifests of every command are read;
 * all else that is wrong is a {@link UserException} in one line. Stateless.
 */
public final class ManifestReader {
  private static final String RESULTS = DataSetFiles.RESULTS;
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
          .build();

  private ManifestReader() {}

  /** What a folder holds: a data set, or the results of {@code detect}. */
  public static ReportInput read(String folder, int ordinal, boolean human, Configuration hadoop) {
    try {
      OutputStore store = new OutputStore(folder, hadoop);
      if (store.exists(Manifest.FILE)) {
        return new ReportInput(dataSet(store, ordinal, human), null);
      }
      if (store.exists(RESULTS)) {
        return new ReportInput(null, DetectResults.of(results(store), store.describe(RESULTS)));
      }
      throw new UserException(
          "Folder "
              + store.describe("")
              + " has neither manifest.json nor results.json: give a folder that generate, score, corpus or"
              + " detect wrote");
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static RecordedDataSet dataSet(OutputStore store, int ordinal, boolean human) {
    String file = store.describe(Manifest.FILE);
    ObjectNode rest = JSON.createObjectNode();
    ShardLedger shards = new ShardLedger();
    MessageDigest digest = Sha256.digest();
    try (InputStream in = new DigestInputStream(store.open(Manifest.FILE), digest);
        JsonParser json = JSON.createParser(in)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw wrong(file, "it is no object");
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
      in.transferTo(java.io.OutputStream.nullOutputStream()); // all of it has been hashed
    } catch (IOException e) {
      throw wrong(file, firstLine(e));
    }
    return new RecordedDataSet(
        ordinal, kind(rest, file), store, human, rest, Sha256.hex(digest), shards);
  }

  private static RecordedDataSet.Kind kind(ObjectNode manifest, String file) {
    if (manifest.path("formatVersion").asInt(0) != Manifest.FORMAT_VERSION) {
      throw wrong(
          file,
          "its formatVersion is "
              + manifest.path("formatVersion")
              + ", this program reads "
              + Manifest.FORMAT_VERSION);
    }
    String command = manifest.path("command").asText("missing");
    for (RecordedDataSet.Kind kind : RecordedDataSet.Kind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(command)) {
        return kind;
      }
    }
    throw wrong(file, "its command is " + command);
  }

  private static void addShards(JsonParser json, List<ShardReceipt> shards, String file)
      throws IOException {
    if (!json.isExpectedStartArrayToken()) {
      throw wrong(file, "its shards are no list");
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

  private static com.fasterxml.jackson.databind.JsonNode results(OutputStore store) {
    if (store.size(RESULTS) > 64 << 20) {
      throw new UserException(
          "Results "
              + store.describe(RESULTS)
              + " have "
              + store.size(RESULTS)
              + " bytes: detect writes no more than 64 MiB");
    }
    try (InputStream in = store.open(RESULTS)) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new UserException(
          "Results "
              + store.describe(RESULTS)
              + " are no JSON ("
              + firstLine(e)
              + "): give the folder that detect wrote",
          e);
    }
  }

  private static UserException wrong(String file, String reason) {
    return new UserException(
        "Manifest "
            + file
            + " is not the manifest of a data set ("
            + reason
            + "): give a folder that generate, score, corpus or detect wrote");
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable");
  }
}
