package scriptorium.job.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Receipts come out of the columns as they went in. */
class ShardLedgerTest {
  private static ShardReceipt receipt(String split, int index, String file, long seed) {
    Random random = new Random(seed);
    byte[] hash = new byte[32];
    random.nextBytes(hash);
    return new ShardReceipt(
        split,
        index,
        file,
        random.nextLong(),
        random.nextLong(),
        random.nextLong(),
        random.nextLong(),
        random.nextLong(),
        HexFormat.of().formatHex(hash));
  }

  @Test
  void receiptsComeBackAsTheyWere() {
    List<ShardReceipt> receipts = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      String file =
          switch (i % 4) {
            case 0 -> "a.train/part-%05d.jsonl".formatted(i);
            case 1 -> "00001/part-%05d.parquet".formatted(i);
            case 2 -> "what" + i;
            default -> "b.test/part-%05d.jsonl".formatted(123_456 + i);
          };
      int index = i % 4 == 3 ? 123_456 + i : i;
      receipts.add(receipt(i % 2 == 0 ? "train" : "test", index, file, i));
    }
    assertEquals(receipts, ShardLedger.of(receipts));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "zz"})
  void receiptsWithoutAHashAreRefused(String hash) {
    ShardReceipt receipt = new ShardReceipt("train", 0, "a", 1, 1, 1, 0, 1, hash);
    assertThrows(IllegalArgumentException.class, () -> new ShardLedger().add(receipt));
    ShardReceipt nameless = new ShardReceipt(null, 0, "a", 1, 1, 1, 0, 1, "ab".repeat(32));
    assertThrows(IllegalArgumentException.class, () -> new ShardLedger().add(nameless));
  }
}
