package scriptorium.job.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.base.Console;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.output.ShardChecker.Defect;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.run.GenerateWork;
import scriptorium.job.run.ShardedRun;
import scriptorium.job.testing.SessionTest;

/** Data sets with planted defects: verify finds each, and repair restores the bytes. */
class VerifyDatasetJobTest extends SessionTest {
  private void generate(String format, boolean repair) {
    GenerateOptions options = new GenerateOptions();
    options.name = "set";
    options.model = model.path().toString();
    options.split = "train=43,valid=7";
    options.set(SamplingSetting.TOP_K, 40);
    options.set(SamplingSetting.MAX_NEW_TOKENS, 12);
    options.shardRows = 10;
    options.format = format;
    options.merge = format.equals("jsonl") ? (Boolean) true : null;
    options.out = folder.resolve("out").toString();
    JobConfig config = JobConfig.of(options, new GenerateOptions());
    ShardedRun job =
        new ShardedRun(new GenerateWork(config, model, null), HADOOP, false, Console.SILENT);
    job.check();
    if (repair) {
      job.repair();
    }
    job.execute(session);
  }

  private List<Defect> verify() {
    return new VerifyDatasetJob(folder.resolve("out").toString(), HADOOP).execute(session);
  }

  private Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    Path out = folder.resolve("out");
    try (Stream<Path> all = Files.walk(out)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = out.relativize(file).toString();
        if (name.contains("part-") || name.endsWith(".jsonl")) {
          files.put(name, Files.readAllBytes(file));
        }
      }
    }
    return files;
  }

  private void assertSound(Map<String, byte[]> expected) throws IOException {
    Map<String, byte[]> found = files();
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    assertEquals(List.of(), verify());
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "parquet"})
  void everyFlippedBitIsFoundAndRepaired(String format) throws Exception {
    generate(format, true); // with nothing there to be repaired
    Map<String, byte[]> sound = files();
    assertEquals(List.of(), verify());
    Random random = new Random(11);
    for (int round = 0; round < 10; round++) { // five bits a round: a hundred in both formats
      List<String> names = new ArrayList<>(sound.keySet());
      Collections.shuffle(names, random);
      List<String> flipped = names.subList(0, 5);
      for (String name : flipped) {
        byte[] bytes = sound.get(name).clone();
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        Files.write(folder.resolve("out").resolve(name), bytes);
      }
      List<Defect> defects = verify();
      assertEquals(
          new TreeSet<>(flipped),
          new TreeSet<>(defects.stream().map(Defect::file).toList()),
          defects.toString());
      assertTrue(
          defects.stream().allMatch(defect -> defect.what().contains("SHA-256")),
          defects.toString());
      generate(format, true);
      assertSound(sound);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "parquet"})
  void rowsAreDrawnAgain(String format) throws Exception {
    generate(format, false);
    VerifyDatasetJob job = new VerifyDatasetJob(folder.resolve("out").toString(), HADOOP);
    assertEquals(List.of(), job.regenerate(model, 1000, 3)); // all of them
    if (format.equals("jsonl")) {
      Path shard = folder.resolve("out/set.train/part-00001.jsonl");
      String lines = Files.readString(shard);
      int at = lines.indexOf("\"log_likelihood\":-") + 18;
      char digit = lines.charAt(at + 3) == '7' ? '8' : '7';
      Files.writeString(shard, lines.substring(0, at + 3) + digit + lines.substring(at + 4));
      List<Defect> defects = job.regenerate(model, 1000, 3);
      assertEquals(1, defects.size(), defects.toString());
      assertTrue(defects.getFirst().what().startsWith("row 0 (id 10) is not what"));
    }
  }

  @Test
  void missingCutAndForeignFilesAreNamed() throws Exception {
    generate("jsonl", false);
    Map<String, byte[]> sound = files();
    Path train = folder.resolve("out/set.train");
    Files.delete(train.resolve("part-00001.jsonl"));
    byte[] cut = Files.readAllBytes(train.resolve("part-00002.jsonl"));
    Files.write(train.resolve("part-00002.jsonl"), java.util.Arrays.copyOf(cut, cut.length / 2));
    Files.writeString(train.resolve("part-00077.jsonl"), "{}\n");
    Files.delete(folder.resolve("out/set.valid.jsonl"));
    List<String> defects = verify().stream().map(Defect::toString).toList();
    assertEquals(4, defects.size(), defects.toString());
    assertEquals("set.train/part-00077.jsonl: not of this data set", defects.get(0));
    assertEquals("set.train/part-00001.jsonl: missing", defects.get(1));
    assertTrue(defects.get(2).startsWith("set.train/part-00002.jsonl: "), defects.toString());
    assertEquals("set.valid.jsonl: missing", defects.get(3));
    Files.delete(train.resolve("part-00077.jsonl"));
    generate("jsonl", true);
    assertSound(sound);
  }

  @Test
  void idsAndRowsOfAChangedManifestAreFound() throws Exception {
    generate("jsonl", false);
    Path shard = folder.resolve("out/set.train/part-00003.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(shard));
    java.util.Collections.swap(lines, 2, 3);
    String swapped = String.join("\n", lines) + "\n";
    Path manifest = folder.resolve("out/manifest.json");
    String before = Files.readString(manifest);
    String oldHash = sha256(Files.readAllBytes(shard));
    Files.writeString(shard, swapped);
    Files.writeString(manifest, before.replace(oldHash, sha256(Files.readAllBytes(shard))));
    List<Defect> defects = verify();
    assertEquals(1, defects.size(), defects.toString());
    assertEquals("row 2 has the id 33 instead of 32", defects.getFirst().what());
    Files.writeString(manifest, before.replace("set.train/part-00003", "../../part-00003"));
    String hostile = assertThrows(UserException.class, this::verify).getMessage();
    assertTrue(hostile.contains("do not trust it"), hostile);
    Files.delete(manifest);
    assertThrows(UserException.class, this::verify);
  }

  private static String sha256(byte[] bytes) throws Exception {
    return java.util.HexFormat.of()
        .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
