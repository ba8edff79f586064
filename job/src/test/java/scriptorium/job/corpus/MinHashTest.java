package scriptorium.job.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Similar texts share a band, and are as similar as their sets of runs. */
class MinHashTest {
  private final Random random = new Random(3);

  private List<String> words(int count) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      words.add("w" + random.nextInt(5000));
    }
    return words;
  }

  private List<String> changed(List<String> words, int changes) {
    List<String> other = new ArrayList<>(words);
    for (int i = 0; i < changes; i++) {
      other.set(random.nextInt(other.size()), "x" + random.nextInt(5000));
    }
    return other;
  }

  /** U+088F and U+A7CE are letters from Unicode 17 on: between words for every JDK. */
  @Test
  void wordsDoNotFollowTheUnicodeOfTheJdk() {
    long[] spaced = MinHash.runs("one two three four five six");
    assertArrayEquals(spaced, MinHash.runs("One\u088FTWO\uA7CEthree four five\u088F six"));
  }

  private static double jaccard(List<String> a, List<String> b) {
    Set<List<String>> left = runs(a);
    Set<List<String>> right = runs(b);
    Set<List<String>> all = new HashSet<>(left);
    all.addAll(right);
    left.retainAll(right);
    return (double) left.size() / all.size();
  }

  private static Set<List<String>> runs(List<String> words) {
    Set<List<String>> runs = new HashSet<>();
    for (int i = 0; i + 5 <= words.size(); i++) {
      runs.add(words.subList(i, i + 5));
    }
    return runs;
  }

  private static String text(List<String> words) {
    return String.join(" ", words);
  }

  private static double similarity(List<String> a, List<String> b) {
    return MinHash.similarity(MinHash.runs(text(a)), MinHash.runs(text(b)));
  }

  private static boolean shareABand(List<String> a, List<String> b) {
    long[] left = MinHash.bands(text(a));
    long[] right = MinHash.bands(text(b));
    for (int i = 0; i < MinHash.BANDS; i++) {
      if (left[i] == right[i]) {
        return true;
      }
    }
    return false;
  }

  @Test
  void similarityIsThatOfTheSetsOfRuns() {
    for (int changes = 0; changes < 40; changes++) {
      List<String> one = words(300);
      List<String> two = changed(one, changes);
      assertEquals(jaccard(one, two), similarity(one, two), 1e-12);
    }
  }

  /** Pairs of every similarity: which are found as nearly equal, at the default of 0.8. */
  @Test
  void pairsAreFoundFromTheirSimilarityOn() {
    int[] pairs = new int[20];
    int[] found = new int[20];
    for (int i = 0; i < 4000; i++) {
      List<String> one = words(200 + random.nextInt(200));
      List<String> two = changed(one, random.nextInt(20));
      int step = Math.min(19, (int) (20 * jaccard(one, two)));
      pairs[step]++;
      if (shareABand(one, two) && similarity(one, two) >= 0.8) {
        found[step]++;
      }
    }
    int similar = 0;
    int right = 0;
    int wrong = 0;
    StringBuilder table = new StringBuilder("near duplicates, found of planted pairs:");
    for (int step = 10; step < 20; step++) {
      table.append(" %.2f.. %d of %d;".formatted(step / 20.0, found[step], pairs[step]));
      similar += step >= 16 ? pairs[step] : 0;
      right += step >= 16 ? found[step] : 0;
      wrong += step < 16 ? found[step] : 0;
    }
    double recall = (double) right / similar;
    double precision = (double) right / (right + wrong);
    System.out.printf("%s recall %.3f, precision %.3f%n", table, recall, precision);
    assertTrue(recall > 0.995, "recall " + recall);
    assertEquals(1, precision);
  }

  @Test
  void textsWithoutCommonRunsShareNothing() {
    int bands = 0;
    for (int i = 0; i < 300; i++) {
      List<String> one = words(200);
      List<String> two = words(200);
      assertEquals(0, similarity(one, two));
      bands += shareABand(one, two) ? 1 : 0;
    }
    assertEquals(0, bands);
  }

  @Test
  void whatStandsBetweenWordsDoesNotMatter() {
    String one = "The cat sat, on the mat; and \u201cslept\u201d well.";
    String two = "  the CAT sat on\nthe mat and slept well";
    assertArrayEquals(MinHash.bands(one), MinHash.bands(two));
    assertArrayEquals(MinHash.runs(one), MinHash.runs(two));
  }

  @Test
  void shortAndWordlessTextsHaveKeysOfTheirOwn() {
    Set<Long> seen = new HashSet<>();
    for (String text :
        List.of("a", "b", "a b", "b a", "...", "!!!", "\u4f60\u597d", "\ud83d\ude00")) {
      assertEquals(1, MinHash.runs(text).length, text);
      for (long band : MinHash.bands(text)) {
        assertTrue(seen.add(band), text);
      }
    }
  }
}
