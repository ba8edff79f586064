package scriptorium.job.report.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.job.report.ReportFolders;
import scriptorium.job.report.page.Axis;
import scriptorium.job.report.page.SeriesPlots;
import scriptorium.job.report.page.TokenPainter;
import scriptorium.job.report.read.Hashes;
import scriptorium.job.report.read.ManifestReader;
import scriptorium.job.report.read.RecordedDataSet;

/** The figures of the page against values computed by hand. */
class ReportStatisticsTest {
  @Test
  void wordsAreRunsOfLettersAndDigitsInLowerCase() {
    assertArrayEquals(Words.of("the don't 42"), Words.of("  The, DON\u2019T\n42!"));
    assertEquals(2, Words.of("rock 'n").length);
    assertEquals(0, Words.of(" ...'\0\uD800").length);
    assertEquals(3, Words.of("été 日本 \uD835\uDC00").length);
    assertEquals(Words.LIMIT, Words.of("a ".repeat(Words.LIMIT + 5)).length);
  }

  @Test
  void repetitionIsTheShareOfRunsOfFourSeenBefore() {
    // a b c d | b c d a | c d a b | d a b c | a b c d: one of five again
    assertEquals(0.2, Words.repetition(Words.of("a b c d a b c d")), 1e-12);
    assertEquals(0, Words.repetition(Words.of("a b c d e")));
    assertTrue(Double.isNaN(Words.repetition(Words.of("a b c"))));
    assertEquals(96.0 / 97, Words.repetition(Words.of("a ".repeat(100))), 1e-12);
  }

  @Test
  void distinctRunsAreCountedWithinTexts() {
    DistinctSample sample = new DistinctSample();
    sample.offer(2, Words.of("a b a b"));
    sample.offer(1, Words.of("b a c"));
    assertEquals(7, sample.words());
    assertEquals(3.0 / 7, sample.distinct(1, 100), 1e-12);
    assertEquals(3.0 / 5, sample.distinct(2, 100), 1e-12); // ba ac ab ba ab: 3 of 5
    assertEquals(3.0 / 3, sample.distinct(3, 100), 1e-12); // bac aba bab
    assertEquals(3.0 / 4, sample.distinct(1, 4), 1e-12); // b a c, then a
    assertTrue(Double.isNaN(sample.distinct(3, 2)));
  }

  @Test
  void wordCountsAreExactUntilThereAreTooMany() {
    WordCounter counter = new WordCounter(4);
    for (long word : new long[] {1, 1, 1, 2, 2, 3, 4}) {
      counter.add(word);
    }
    assertArrayEquals(new long[] {3, 2, 1, 1}, counter.sorted());
    assertEquals(0, counter.error());
    counter.add(5); // the rarest are dropped, then it comes in
    assertEquals(1, counter.error());
    assertArrayEquals(new long[] {3, 2, 1}, counter.sorted());
    assertEquals(8, counter.total());
  }

  @Test
  void manyWordsTakeBoundedMemoryAndFrequentOnesAreNearlyExact() {
    WordCounter counter = new WordCounter(1000);
    Random random = new Random(5);
    long frequent = 0;
    for (int i = 0; i < 200_000; i++) {
      boolean known = i % 10 == 0;
      counter.add(known ? 77 : Hashes.mix(random.nextLong()) | 1L << 40);
      frequent += known ? 1 : 0;
    }
    long[] sorted = counter.sorted();
    assertTrue(sorted.length <= 1000, String.valueOf(sorted.length));
    assertEquals(200_000, counter.total());
    assertTrue(frequent - sorted[0] <= counter.error(), frequent + " " + sorted[0]);
  }

  @Test
  void zipfCurveHasRanksAndShares() {
    WordCounter counter = new WordCounter();
    for (long word = 1; word <= 100; word++) {
      for (int i = 0; i < 1000 / word; i++) {
        counter.add(word);
      }
    }
    double[][] curve = SeriesPlots.curve(counter);
    assertEquals(1, curve[0][0]);
    assertEquals(1000.0 / counter.total(), curve[1][0], 1e-12);
    assertEquals(100, curve[0][curve[0].length - 1]);
    assertEquals(10.0 / counter.total(), curve[1][curve[1].length - 1], 1e-12);
    assertEquals(500.0 / counter.total(), curve[1][1], 1e-12);
  }

  @Test
  void histogramsSumToTheirCounts() {
    Histogram histogram = new Histogram(-20, 0.05, 400);
    Random random = new Random(3);
    for (int i = 0; i < 10_000; i++) {
      histogram.add(-25 * random.nextDouble() + 1);
    }
    histogram.add(Double.NaN);
    histogram.add(Double.NEGATIVE_INFINITY);
    histogram.add(0);
    histogram.add(-20);
    assertEquals(10_003, histogram.count());
    long inside = LongStream.of(histogram.grouped(0, histogram.bins(), 7)).sum();
    assertEquals(10_003, inside + histogram.below() + histogram.above());
    Histogram small = new Histogram(0, 1, 4);
    for (double value : new double[] {0, 0.5, 1, 3.99, 4, 4.01, -1e-9}) {
      small.add(value);
    }
    assertArrayEquals(new long[] {2, 1, 0, 2}, small.grouped(0, 4, 1));
    assertArrayEquals(new long[] {3, 2}, small.grouped(0, 4, 2));
    assertEquals(1, small.above());
    assertEquals(1, small.below());
  }

  @Test
  void ranksFallIntoTheClassesOfGltr() {
    int[] ranks = {1, 2, 10, 11, 100, 101, 1000, 1001, Integer.MAX_VALUE};
    int[] classes = {0, 1, 1, 2, 2, 3, 3, 4, 4};
    for (int i = 0; i < ranks.length; i++) {
      assertEquals(classes[i], SeriesStatistics.rankClass(ranks[i]), String.valueOf(ranks[i]));
    }
    assertEquals("a", TokenPainter.style(1));
    assertEquals("a", TokenPainter.style(10));
    assertEquals("b", TokenPainter.style(11));
    assertEquals("d", TokenPainter.style(1001));
  }

  @Test
  void theSameItemsAreChosenInAnyOrder() {
    Smallest<Integer> up = new Smallest<>(5);
    Smallest<Integer> down = new Smallest<>(5);
    for (int i = 0; i < 1000; i++) {
      int one = i;
      int other = 999 - i;
      up.offer(Hashes.of(one), () -> one);
      down.offer(Hashes.of(other), () -> other);
    }
    assertEquals(up.sorted(), down.sorted());
    assertEquals(5, up.sorted().size());
    Smallest<Integer> none = new Smallest<>(0);
    none.offer(1, () -> 1);
    assertEquals(List.of(), none.sorted());
  }

  @Test
  void axesHaveRoundMarks() {
    Axis axis = Axis.upTo("share (%)", 37);
    assertEquals(40, axis.high());
    assertEquals(
        List.of("0", "10", "20", "30", "40"), axis.ticks().stream().map(Axis.Tick::label).toList());
    assertEquals(0.25, axis.place(10), 1e-12);
    assertEquals(1, axis.place(1e9));
    Axis powers = Axis.logarithmic("rank", 1, 900);
    assertEquals(
        List.of("1", "10", "100", "1,000"), powers.ticks().stream().map(Axis.Tick::label).toList());
    assertEquals(1.0 / 3, powers.place(10), 1e-12);
    for (double end : new double[] {0, 1e-9, 3e7, 0.999999}) {
      assertFalse(Axis.upTo("x", end).ticks().isEmpty());
    }
  }

  @Test
  void aCharacterIsNotCutBetweenTokens() {
    byte[] smile = "a\uD83D\uDE00".getBytes(StandardCharsets.UTF_8);
    boolean[] whole = {true, false, false, false, true};
    for (int i = 1; i <= smile.length; i++) {
      assertEquals(whole[i - 1], TokenPainter.isWhole(java.util.Arrays.copyOf(smile, i)), "" + i);
    }
    assertTrue(
        TokenPainter.isWhole(new byte[] {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80}));
  }

  @ParameterizedTest
  @CsvSource({
    "1.0, 0, 1.0, 1.0, t1",
    "1.0, 40, 1.0, 1.0, k40",
    "1.0, 0, 0.8, 1.0, nucleus",
    "1.0, 0, 0.9, 0.9, p0.9",
    "0.7, 0, 1.0, 1.0, t0.7",
    "0.7, 100, 0.9, 0.9, t0.7-k100-p0.9",
    "0.0, 0, 1.0, 1.0, t0",
  })
  void familiesAreCalledAsInCorpora(
      double temperature, int topK, double low, double high, String family, @TempDir Path folder)
      throws IOException {
    Files.writeString(
        folder.resolve("manifest.json"),
        """
        {"formatVersion": 1, "command": "generate", "of another version": [],
         "settings": {"temperature": %s, "topK": %d, "topPLow": %s, "topPHigh": %s}}
        """
            .formatted(temperature, topK, low, high));
    RecordedDataSet data =
        ManifestReader.read(folder.toString(), 1, false, ReportFolders.HADOOP).data();
    assertEquals(family, data.family());
  }
}
