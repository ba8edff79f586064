package scriptorium.job.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.job.base.UserException;
import scriptorium.job.store.Manifest;

class RowChoiceTest {
  private static final List<Manifest.Split> SPLITS =
      List.of(
          new Manifest.Split("train", "set.train", 0, 43),
          new Manifest.Split("empty", "set.empty", 43, 0),
          new Manifest.Split("valid", "set.valid", 43, 7));

  private static List<String> rows(RowChoice choice) {
    List<String> rows = new ArrayList<>();
    choice.forEach(place -> rows.add(place.split().name() + place.row()));
    return rows;
  }

  @Test
  void namedRowsComeInOrderAndOnce() {
    assertEquals(
        List.of("train0", "train3", "train4", "train5", "train42", "valid1", "valid2", "valid6"),
        rows(
            RowChoice.named(
                SPLITS,
                List.of("valid:6", "42", "4..5", " 3..4", "train:0", "valid:1..2", "valid:2"),
                0)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x|Invalid id x: give ids such as 17, 0..9 or valid:3",
        "''|Invalid id : give ids such as 17, 0..9 or valid:3",
        "-1|Invalid id -1: give ids such as 17, 0..9 or valid:3",
        "1..|Invalid id 1..: give ids such as 17, 0..9 or valid:3",
        "9..3|Ids 9..3 have their ends swapped: give the lower one first",
        "43|Id 43 is beyond the split train: give ids in 0..42",
        "valid:7|Id valid:7 is beyond the split valid: give ids in 0..6",
        "40..43|Id 40..43 is beyond the split train: give ids in 0..42",
        "empty:0|Id empty:0 is beyond the split empty: it has no rows",
        "test:3|Id test:3 names a split that the data set does not have: give one of train, empty, valid",
        "9999999999999999999|Invalid id 9999999999999999999: give ids such as 17, 0..9 or valid:3",
      })
  void aWrongIdIsOneLine(String id, String expected) {
    String told =
        assertThrows(UserException.class, () -> RowChoice.named(SPLITS, List.of("1", id), 0))
            .getMessage();
    assertEquals(expected, told);
  }

  @Test
  void randomRowsAreDifferentAndFromAllSplits() {
    for (long seed = 0; seed < 20; seed++) {
      List<String> rows = rows(RowChoice.random(SPLITS, 30, seed));
      assertEquals(30, new HashSet<>(rows).size(), "seed " + seed);
      assertTrue(rows.stream().anyMatch(row -> row.startsWith("valid")), "seed " + seed);
      assertEquals(rows, rows(RowChoice.random(SPLITS, 30, seed)));
    }
    assertEquals(50, new HashSet<>(rows(RowChoice.random(SPLITS, 50, 1))).size());
    assertEquals(50, rows(RowChoice.random(SPLITS, Long.MAX_VALUE, 1)).size());
    assertEquals(List.of(), rows(RowChoice.random(List.of(), 5, 1)));
  }
}
