package scriptorium.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SampleRandomTest {
  /** The known answers of Random123's kat_vectors for philox4x32, 10 rounds. */
  @Test
  void philoxGivesTheKnownAnswers() {
    check(new int[4], 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    check(new int[] {-1, -1, -1, -1}, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    check(
        new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
        0xa4093822,
        0x299f31d0,
        0xd16cfe09,
        0x94fdcceb,
        0x5001e420,
        0x24126ea1);
  }

  private static void check(int[] c, int k0, int k1, int w0, int w1, int w2, int w3) {
    assertEquals(
        (w0 & 0xFFFFFFFFL) | (long) w1 << 32, Philox4x32.words(c[0], c[1], c[2], c[3], k0, k1, 0));
    assertEquals(
        (w2 & 0xFFFFFFFFL) | (long) w3 << 32, Philox4x32.words(c[0], c[1], c[2], c[3], k0, k1, 2));
  }

  @Test
  void uniformsAreInRangeDistinctAndIndependentBetweenRowsAndPositions() {
    Set<Double> seen = new HashSet<>();
    int[][] rows = new int[10][10];
    int[][] positions = new int[10][10];
    int count = 200_000;
    for (int i = 0; i < count; i++) {
      double u = SampleRandom.uniform(7, i, 3, 0);
      assertTrue(u >= 0 && u < 1);
      assertTrue(seen.add(u), "the same number twice at row " + i);
      rows[(int) (u * 10)][(int) (SampleRandom.uniform(7, i + 1L, 3, 0) * 10)]++;
      positions[(int) (u * 10)][(int) (SampleRandom.uniform(7, i, 4, 0) * 10)]++;
    }
    assertTrue(
        chiSquare(rows, count) < 162, "rows: " + chiSquare(rows, count)); // 99 degrees: p = 6e-5
    assertTrue(chiSquare(positions, count) < 162, "positions: " + chiSquare(positions, count));
  }

  private static double chiSquare(int[][] table, int count) {
    double sum = 0;
    for (int[] row : table) {
      for (int cell : row) {
        sum += (cell - count / 100.0) * (cell - count / 100.0) / (count / 100.0);
      }
    }
    return sum;
  }
}
