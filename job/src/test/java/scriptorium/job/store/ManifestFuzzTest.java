package scriptorium.job.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static scriptorium.job.testing.Messages.assertOneLine;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Mutations;
import scriptorium.job.base.UserException;
import scriptorium.job.output.DatasetCard;
import scriptorium.job.output.ScoreCard;
import scriptorium.job.output.ShardChecker.Defect;
import scriptorium.job.row.SampleSchema;
import scriptorium.job.verify.VerifyDatasetJob;

/**
 * Manifests that somebody damaged, by chance or to do harm: each is read, and then serves to verify
 * and to go on with its data set, or is refused in one line. {@code -Dfuzz.rounds=100000} for more.
 */
class ManifestFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 3000);
  private static final long SEED = 41;
  private static final String HASH = "ab".repeat(32);
  private static final Configuration HADOOP = new Configuration();
  @TempDir Path folder;
  private OutputStore store;
  private Path file;
  private String good;

  @BeforeEach
  void write() throws IOException {
    store = new OutputStore(folder.toString(), HADOOP);
    file = folder.resolve(Manifest.FILE);
    manifest().write(store);
    good = Files.readString(file);
  }

  private static Manifest manifest() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("temperature", 1.0);
    settings.put("topK", 40);
    settings.put("textColumn", null);
    settings.put("format", "jsonl");
    settings.put("shardRows", 10);
    Manifest.Model model =
        new Manifest.Model(
            "tiny", "safetensors", "F32", 7, "ab", "cd", new TreeMap<>(Map.of("config.json", "e")));
    List<ShardReceipt> shards =
        List.of(
            new ShardReceipt("train", 0, "set.train/part-00000.jsonl", 10, 70, 3, 0, 900, HASH),
            new ShardReceipt("valid", 0, "set.valid/part-00000.jsonl", 5, 35, 1, 1, 450, HASH));
    return new Manifest(
        Manifest.FORMAT_VERSION,
        1,
        "set",
        Manifest.Command.GENERATE,
        Manifest.State.DONE,
        "2026-11-24T00:00:00Z",
        "2026-11-24T00:01:00Z",
        new Manifest.Code("0.1.0", "abc"),
        model,
        model,
        new Manifest.Prompts("p.jsonl", "77", 15, 0),
        new Manifest.Inputs("88", 3, List.of(new Manifest.Input("a.txt", "99", 4, 3, null))),
        settings,
        Map.of("master", "local"),
        List.of(
            new Manifest.Split("train", "set.train", 0, 20),
            new Manifest.Split("valid", "set.valid", 20, 5)),
        Manifest.Totals.of(shards),
        List.of(new Manifest.Merged("set.train.jsonl", 900, "f2")),
        shards);
  }

  @Test
  void manifests() throws Exception {
    Mutations mutations = new Mutations(new Random(SEED));
    byte[] sound = good.getBytes(StandardCharsets.UTF_8);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(file, round == 0 ? sound : mutations.json(sound));
      try {
        use();
      } catch (UserException e) {
        assertTrue(round > 0, e.getMessage());
        assertOneLine(e.getMessage());
        refused++;
      } catch (RuntimeException | Error e) {
        Path kept = Files.createTempFile("fuzz-", "-" + Manifest.FILE);
        Files.write(kept, Files.readAllBytes(file));
        fail("seed " + SEED + " round " + round + ", kept in " + kept, e);
      }
    }
    assertTrue(refused > ROUNDS / 10, refused + " refused of " + ROUNDS);
  }

  /** All that is done with a manifest but for what its shards hold. */
  private List<Defect> use() {
    VerifyDatasetJob job = new VerifyDatasetJob(folder.toString(), HADOOP);
    Manifest read = job.manifest();
    read.identity().firstDifference(manifest().identity());
    manifest().identity().firstDifference(read.identity());
    Manifest next = read.done(read.shards(), read.merged());
    SampleSchema schema = new SampleSchema(false, false, false, false);
    assertTrue(DatasetCard.text(next, schema).contains("## Settings"));
    if (next.inputs() != null) {
      assertTrue(ScoreCard.text(next, List.of(), "jsonl").contains("## Settings"));
    }
    return job.plan();
  }

  @Test
  void partsThatAreMissingAreNamed() throws Exception {
    assertEquals(
        List.of("set.train/part-00001.jsonl: missing in the manifest"),
        use().stream().map(Defect::toString).toList());
    for (String part :
        new String[] {
          "name",
          "command",
          "state",
          "code",
          "model",
          "settings",
          "splits",
          "totals",
          "merged",
          "shards"
        }) {
      Map<String, Object> content = content();
      content.remove(part);
      refuseContent(content, part);
      content.put(part, null);
      refuseContent(content, part);
    }
    for (String list : new String[] {"splits", "merged", "shards"}) {
      String expected = list.equals("shards") ? "Shard entry" : list;
      Map<String, Object> content = content();
      content.put(list, Collections.singletonList(null));
      refuseContent(content, expected);
      content.put(list, List.of(Map.of()));
      refuseContent(content, expected);
    }
  }

  private Map<String, Object> content() throws IOException {
    return new ObjectMapper().readValue(good, new TypeReference<>() {});
  }

  private void refuseContent(Map<String, Object> content, String expected) throws IOException {
    Files.write(file, new ObjectMapper().writeValueAsBytes(content));
    assertRefused(expected);
  }

  @Test
  void numbersThatNoDataSetHasAreRefused() throws Exception {
    for (String rows : new String[] {"0", "-1", "9223372036854775807", "2.5", "\"10\"", "null"}) {
      refuse("\"shardRows\" : 10", "\"shardRows\" : " + rows, "shardRows");
    }
    refuse("\"rows\" : 20\n", "\"rows\" : -20\n", "rows");
    refuse("\"rows\" : 20\n", "\"rows\" : 9223372036854775807\n", "rows");
    refuse("\"rows\" : 20\n", "\"rows\" : 9223372036854775808\n", "not a manifest");
    refuse("\"rows\" : 20\n", "\"rows\" : 1e999\n", "not a manifest");
    refuse("\"offset\" : 20", "\"offset\" : -1", "offset");
    refuse("\"folder\" : \"set.valid\"", "\"folder\" : \"set.train\"", "folder set.train twice");
    refuse("\"format\" : \"jsonl\"", "\"format\" : \"../x\"", "format");
  }

  @Test
  void hugeCountsAreToldInFewDefects() throws Exception {
    Files.writeString(
        file,
        good.replace("\"shardRows\" : 10", "\"shardRows\" : 1024")
            .replace("\"rows\" : 20\n", "\"rows\" : 1099511627000\n")
            .replaceFirst("\"index\":0", "\"index\":999999999")
            .replace("set.train/part-00000", "set.train/part-999999999"));
    List<Defect> defects = use();
    assertTrue(defects.size() < 2000, defects.size() + " defects");
    assertTrue(defects.toString().contains("more shards are missing"), defects.getLast().what());
  }

  @Test
  void namesThatLeaveTheFolderAreRefused() throws Exception {
    for (String name :
        new String[] {
          "../../etc/passwd", "/etc/passwd", "s3://a/b", "a/../../b", "", "a\\n\\u001bb"
        }) {
      refuse("\"folder\" : \"set.train\"", "\"folder\" : \"" + name + "\"", "do not trust it");
      refuse("\"file\" : \"set.train.jsonl\"", "\"file\" : \"" + name + "\"", "do not trust it");
      refuse(
          "\"file\":\"set.train/part-00000.jsonl\"",
          "\"file\":\"" + name + "\"",
          "do not trust it");
    }
  }

  @Test
  void shardsThatTheDataSetCannotHaveAreRefused() throws Exception {
    String valid = "\"split\":\"valid\",\"index\":0,\"file\":\"set.valid/part-00000.jsonl\"";
    String foreign = "which no data set has";
    refuse("set.valid/part-00000.jsonl", "set.train/part-00000.jsonl", foreign);
    refuse("set.valid/part-00000.jsonl", "set.valid/part-00000.parquet", foreign);
    refuse(valid, valid.replace("0", "1").replace("part-11111", "part-00001"), foreign);
    refuse(valid, valid.replace("\"valid\"", "\"test\""), foreign);
    refuse(
        valid,
        "\"split\":\"train\",\"index\":0,\"file\":\"set.train/part-00000.jsonl\"",
        "the shard set.train/part-00000.jsonl twice");
    refuse("\"name\" : \"valid\"", "\"name\" : \"train\"", "split train");
    refuse("set.train.jsonl", "set.valid", "the file set.valid twice");
  }

  @Test
  void filesThatAreNoManifestAreRefused() throws Exception {
    refuse(good, "", "is not a manifest");
    refuse(good, "null", "lacks");
    refuse(good, "{}", "lacks");
    refuse(good, "[]", "is not a manifest");
    refuse(good, good.substring(0, good.length() / 2), "is not a manifest");
    refuse("\"topK\" : 40", "\"topK\" : " + "[".repeat(100_000), "is not a manifest");
    refuse("\"topK\" : 40", "\"topK\" : 40, \"shardRows\" : 9", "is not a manifest");
    refuse(good, good + "{}", "is not a manifest");
    refuse("\"shardRows\" : 10", "\"shardRows\" : \"a\\n\\u001bb\"", "shardRows a??b");
    refuse("\"topK\" : 40", "\"topK\" : 1" + "0".repeat(1100), "is not a manifest");
    refuse("\"state\"", "\"a\\n\\u001bb\"", "is not a manifest");
    Files.delete(file);
    Files.createDirectory(file);
    assertRefused("is not a manifest");
  }

  private void refuse(String from, String to, String expected) throws IOException {
    assertTrue(good.contains(from), from);
    Files.writeString(file, good.replace(from, to));
    assertRefused(expected);
  }

  private void assertRefused(String expected) {
    String message = assertThrows(UserException.class, this::use).getMessage();
    assertTrue(message.contains(expected), message);
    assertOneLine(message);
  }
}
