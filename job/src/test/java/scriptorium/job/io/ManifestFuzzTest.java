package scriptorium.job.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.UserException;
import scriptorium.job.VerifyDatasetJob;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.Presets;

/**
 * Manifests, journals, presets and prompts that somebody damaged: each is read or refused in one
 * line. {@code -Dfuzz.rounds=100000} for more.
 */
class ManifestFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 2000);
  private static final long SEED = 31;
  private static final List<String> NASTY =
      List.of(
          "-1",
          "99999999999999999999",
          "1e999",
          "null",
          "{}",
          "[]",
          "\"../../etc/passwd\"",
          "\"\\u0000\\n\"",
          "true",
          "9223372036854775807",
          "2147483647");
  private static final String HASH = "ab".repeat(32);
  private static final Configuration HADOOP = new Configuration();
  private final Random random = new Random(SEED);
  @TempDir Path folder;

  private interface Reading {
    void of(Path file) throws Exception;
  }

  private byte[] damaged(byte[] good) {
    String text = new String(good, StandardCharsets.UTF_8);
    return switch (random.nextInt(4)) {
      case 0 -> Arrays.copyOf(good, random.nextInt(good.length));
      case 1 -> { // another value where one begins
        int at = text.indexOf(':', random.nextInt(text.length()));
        int end = at < 0 ? -1 : text.indexOf(',', at);
        yield end < 0
            ? good
            : (text.substring(0, at + 1)
                    + NASTY.get(random.nextInt(NASTY.size()))
                    + text.substring(end))
                .getBytes(StandardCharsets.UTF_8);
      }
      case 2 -> { // a part of it twice
        int from = random.nextInt(good.length);
        int to = from + random.nextInt(good.length - from);
        yield (text.substring(0, to) + text.substring(from)).getBytes(StandardCharsets.UTF_8);
      }
      default -> {
        byte[] bad = good.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
          bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
        }
        yield bad;
      }
    };
  }

  private void fuzz(Path file, byte[] good, Reading reading) throws Exception {
    Files.write(file, good);
    reading.of(file);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bad = damaged(good);
      Files.write(file, bad);
      try {
        reading.of(file);
      } catch (OutputException | UserException e) {
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        refused++;
      } catch (Exception | Error e) {
        fail(
            "seed %d, round %d: %s".formatted(SEED, round, new String(bad, StandardCharsets.UTF_8)),
            e);
      }
    }
    assertTrue(refused > ROUNDS / 10, refused + " refused of " + ROUNDS);
  }

  private byte[] manifest() throws Exception {
    ShardStore store = new ShardStore(folder.toString(), "jsonl", HADOOP);
    ShardReceipt first =
        new ShardReceipt("train", 0, "set.train/part-00000.jsonl", 10, 50, 1, 0, 99, HASH);
    ShardReceipt second =
        new ShardReceipt("train", 1, "set.train/part-00001.jsonl", 10, 50, 1, 0, 99, HASH);
    new Manifest(
            1,
            1,
            "set",
            "generate",
            "done",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            new Manifest.Code("1", "c"),
            new Manifest.Model("m", "f", "F32", 1, HASH, HASH, null),
            null,
            null,
            null,
            JobConfig.of(new GenerateOptions(), new GenerateOptions()).decisiveSettings(),
            Map.of("master", "local"),
            List.of(new Manifest.Split("train", "set.train", 0, 1000)),
            Manifest.Totals.of(List.of(first, second)),
            List.of(new Manifest.Merged("set.train.jsonl", 1, HASH)),
            List.of(first, second))
        .write(store);
    return Files.readAllBytes(folder.resolve("manifest.json"));
  }

  @Test
  void manifests() throws Exception {
    fuzz(
        folder.resolve("manifest.json"),
        manifest(),
        file -> new VerifyDatasetJob(folder.toString(), HADOOP));
  }

  @Test
  void manifestsNestedWithoutEndAreRefused() throws Exception {
    Files.writeString(
        folder.resolve("manifest.json"), "{\"settings\":" + "{\"a\":".repeat(100_000));
    assertThrows(UserException.class, () -> new VerifyDatasetJob(folder.toString(), HADOOP));
  }

  @Test
  void presets() throws Exception {
    byte[] good =
        """
        {"name": "a", "model": "books-8M", "split": "train=3,valid=2", "temperature": 0.5,
         "topK": 40, "topP": "0.8..1.0", "maxNewTokens": 7, "seed": 5, "merge": true, "out": "x",
         "format": "jsonl", "shardRows": 3, "cacheMemory": "4g", "slots": 3, "threads": 2}
        """
            .getBytes(StandardCharsets.UTF_8);
    fuzz(
        folder.resolve("preset.json"),
        good,
        file ->
            JobConfig.of(
                new GenerateOptions(), Presets.read(file.toString(), GenerateOptions.class)));
  }

  @Test
  void promptsAreReadToTheirEnd() throws Exception {
    Path file = folder.resolve("prompts.jsonl");
    byte[] good =
        "{\"text\": \"one\", \"n\": 1}\n{\"text\": \"two\"}\n"
            .repeat(5)
            .getBytes(StandardCharsets.UTF_8);
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(file, damaged(good));
      try {
        PromptTable table = PromptReader.read(file.toString(), "text", HADOOP);
        for (int row = 0; row < table.size(); row++) {
          assertEquals(table.isError(row), table.isError(row) && !table.text(row).isBlank());
        }
      } catch (OutputException e) {
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
      } catch (Exception | Error e) {
        fail("seed " + SEED + ", round " + round + ": " + Files.readString(file), e);
      }
    }
  }

  @Test
  void journalsAreReadPastWhatIsNoReceipt() throws Exception {
    String good =
        """
        {"split":"train","index":3,"file":"set.train/part-00003.jsonl","rows":9,"tokens":1,\
        "ended":1,"errors":0,"bytes":9,"sha256":"%s"}
        """
            .formatted(HASH);
    Path file = Files.createDirectories(folder.resolve("_receipts")).resolve("000000.jsonl");
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bad = damaged(good.getBytes(StandardCharsets.UTF_8));
      Files.write(file, bad);
      try {
        new ShardJournal(new ShardStore(folder.toString(), "jsonl", HADOOP))
            .read(receipt -> new ShardLedger().add(receipt));
      } catch (Exception | Error e) {
        fail(
            "seed " + SEED + ", round " + round + ": " + new String(bad, StandardCharsets.UTF_8),
            e);
      }
    }
  }
}
