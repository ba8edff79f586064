package scriptorium.job.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

/** Signatures estimate the similarity, and similar texts share a band. */
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

  private static MinHash.Signature signature(List<String> words) {
    return MinHash.of(String.join(" ", words));
  }

  private static boolean shareABand(MinHash.Signature a, MinHash.Signature b) {
    for (int i = 0; i < MinHash.BANDS; i++) {
      if (a.bands()[i] == b.bands()[i]) {
        return true;
      }
    }
    return false;
  }

  @Test
  void similarityIsThatOfTheSetsOfRuns() {
    double error = 0;
    int pairs = 0;
    int similar = 0;
    int found = 0;
    for (int changes = 0; changes < 40; changes++) {
      for (int i = 0; i < 10; i++) {
        List<String> one = words(300);
        List<String> two = changed(one, changes);
        double truth = jaccard(one, two);
        MinHash.Signature a = signature(one);
        MinHash.Signature b = signature(two);
        double estimate = MinHash.similarity(a.places(), b.places());
        error += (estimate - truth) * (estimate - truth);
        pairs++;
        if (truth >= 0.8) {
          similar++;
          found += shareABand(a, b) ? 1 : 0;
        }
      }
    }
    double deviation = Math.sqrt(error / pairs);
    assertTrue(deviation < 0.046, "standard error " + deviation);
    assertTrue(similar > 40, similar + " similar pairs");
    assertTrue(found >= 0.99 * similar, found + " found of " + similar);
  }

  @Test
  void textsWithoutCommonRunsShareNothing() {
    int bands = 0;
    for (int i = 0; i < 300; i++) {
      MinHash.Signature a = signature(words(200));
      MinHash.Signature b = signature(words(200));
      assertTrue(MinHash.similarity(a.places(), b.places()) < 0.1);
      bands += shareABand(a, b) ? 1 : 0;
    }
    assertEquals(0, bands);
  }

  @Test
  void whatStandsBetweenWordsDoesNotMatter() {
    MinHash.Signature a = MinHash.of("The cat sat, on the mat; and \u201cslept\u201d well.");
    MinHash.Signature b = MinHash.of("  the CAT sat on\nthe mat and slept well");
    assertArrayEquals(a.bands(), b.bands());
    assertArrayEquals(a.places(), b.places());
  }

  @Test
  void shortAndWordlessTextsHaveSignaturesOfTheirOwn() {
    List<String> texts =
        List.of("a", "b", "a b", "b a", "...", "!!!", "\u4f60\u597d", "\ud83d\ude00");
    Set<Long> seen = new HashSet<>();
    StringJoiner all = new StringJoiner(" ");
    for (String text : texts) {
      assertTrue(seen.add(MinHash.of(text).bands()[0]), text);
      all.add(text);
    }
    assertEquals(MinHash.BANDS, Set.of(box(MinHash.of(all.toString()).bands())).size());
  }

  private static Long[] box(long[] values) {
    Long[] boxed = new Long[values.length];
    for (int i = 0; i < values.length; i++) {
      boxed[i] = values[i];
    }
    return boxed;
  }
}
