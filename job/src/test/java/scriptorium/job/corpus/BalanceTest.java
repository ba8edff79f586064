package scriptorium.job.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import scriptorium.job.base.UserException;
import scriptorium.job.corpus.Balance.Count;
import scriptorium.job.corpus.Balance.Quota;

/** Quotas of each split and length. */
class BalanceTest {
  private static final List<String> NAMES = List.of("human text", "small");

  private static Map<String, Long> most(long train, long test) {
    Map<String, Long> most = new LinkedHashMap<>();
    most.put("train", train);
    most.put("test", test);
    return most;
  }

  @Test
  void everySideGivesAsManyAsTheSmallest() {
    List<Count> counts =
        List.of(
            new Count("train", 0, 3, 10),
            new Count("train", 1, 3, 7),
            new Count("train", 0, 4, 2),
            new Count("train", 1, 4, 9),
            new Count("train", 1, 5, 9),
            new Count("test", 0, 3, 1),
            new Count("test", 1, 3, 4));
    assertEquals(
        List.of(
            new Quota("train", 3, 7),
            new Quota("train", 4, 2),
            new Quota("train", 5, 0),
            new Quota("test", 3, 1)),
        Balance.of(counts, NAMES, most(Long.MAX_VALUE, Long.MAX_VALUE)));
  }

  @Test
  void rowsAreCutInProportionToTheLengths() {
    List<Count> counts =
        List.of(
            new Count("train", 0, 1, 50),
            new Count("train", 1, 1, 60),
            new Count("train", 0, 2, 25),
            new Count("train", 1, 2, 25),
            new Count("train", 0, 3, 25),
            new Count("train", 1, 3, 99),
            new Count("test", 0, 1, 9),
            new Count("test", 1, 1, 9));
    List<Quota> quotas = Balance.of(counts, NAMES, most(10, 100));
    assertEquals(
        10, quotas.stream().filter(q -> q.split().equals("train")).mapToLong(Quota::rows).sum());
    assertEquals(new Quota("train", 1, 5), quotas.getFirst());
    assertEquals(new Quota("test", 1, 9), quotas.getLast());
  }

  @Test
  void aSideWithoutTextsIsRefused() {
    List<Count> counts =
        List.of(
            new Count("train", 0, 1, 5), new Count("train", 1, 1, 5), new Count("test", 0, 1, 5));
    String message =
        assertThrows(UserException.class, () -> Balance.of(counts, NAMES, most(10, 10)))
            .getMessage();
    assertTrue(message.startsWith("Split test would have no text of small"), message);
    List<Count> apart =
        List.of(
            new Count("train", 0, 1, 5),
            new Count("train", 1, 2, 5),
            new Count("test", 0, 1, 5),
            new Count("test", 1, 1, 5));
    assertTrue(
        assertThrows(UserException.class, () -> Balance.of(apart, NAMES, most(10, 10)))
            .getMessage()
            .contains("leave out --match-lengths"));
  }
}
