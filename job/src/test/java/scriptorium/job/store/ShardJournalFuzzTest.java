package scriptorium.job.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Mutations;

/**
 * Journals that somebody damaged: what is no receipt is passed over, and its shard is read again.
 * {@code -Dfuzz.rounds=100000} for more.
 */
class ShardJournalFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 2000);
  private static final long SEED = 43;
  private static final Configuration HADOOP = new Configuration();
  private static final String LINE =
      """
      {"split":"train","index":3,"file":"set.train/part-00003.jsonl","rows":9,"tokens":1,\
      "ended":1,"errors":0,"bytes":9,"sha256":"%s"}
      """
          .formatted("ab".repeat(32));
  @TempDir Path folder;
  private Path segment;

  @BeforeEach
  void create() throws Exception {
    segment = Files.createDirectories(folder.resolve("_receipts")).resolve("000000.jsonl");
  }

  private ShardLedger read() {
    ShardLedger ledger = new ShardLedger();
    new ShardJournal(new OutputStore(folder.toString(), HADOOP)).read(ledger::add);
    return ledger;
  }

  @Test
  void journals() throws Exception {
    Mutations mutations = new Mutations(new Random(SEED));
    byte[] good = LINE.repeat(3).getBytes(StandardCharsets.UTF_8);
    int whole = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bad = round == 0 ? good : mutations.json(good);
      Files.write(segment, bad);
      try {
        ShardLedger ledger = read();
        assertTrue(ledger.size() <= 3 || bad.length > good.length);
        whole += ledger.size() == 3 ? 1 : 0;
      } catch (RuntimeException | Error e) {
        fail(
            "seed " + SEED + ", round " + round + ": " + new String(bad, StandardCharsets.UTF_8),
            e);
      }
    }
    assertTrue(whole > 0 && whole < ROUNDS * 9 / 10, whole + " of " + ROUNDS + " whole");
  }

  @Test
  void linesBesideOneThatIsNoneAreRead() throws Exception {
    for (String none :
        new String[] {"", "null", "7", "[]", "{}", "[".repeat(100_000), LINE.replace("3", "-3")}) {
      Files.writeString(segment, LINE + none + "\n" + LINE);
      assertEquals(2, read().size(), none);
    }
  }
}
