package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.generation.Score;
import scriptorium.engine.generation.TokenWindow;

/** A wrong argument ends the call that gave it, and neither the process nor another call. */
class HostileCallsTest {
  @Test
  void noCallEndsTheProcess() throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=/dev/null",
                "-Dscriptorium.home=" + TestModels.home(),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path")));
    command.add(HostileCalls.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
  }

  @Test
  void theMessageNamesRowIdPlaceAndRemedy() throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 4, 0, 0))) {
      assertEquals(
          "Prompt of row 12 has token id 50257 at position 1, which is not in 0..50256: encode the"
              + " text with the model's own tokenizer",
          message(
              () ->
                  engine.generate(
                      HostileCalls.rows(new Prompt(12, new int[] {1, 50_257})),
                      HostileCalls.CONFIG,
                      sample -> {})));
      assertTrue(
          message(
                  () ->
                      engine.score(
                          HostileCalls.rows(new TokenWindow(-7, new int[] {1, 2, -1}, 1)),
                          false,
                          score -> {}))
              .startsWith("Window -7 has token id -1 at position 2, "));
      Scorer scorer = new Scorer(engine, ScoringConfig.LIKELIHOODS);
      ScoringText text = new ScoringText(5, new int[] {1}, HostileCalls.with(99_999, 150, 200));
      assertTrue(
          message(() -> scorer.score(HostileCalls.rows(text), score -> {}))
              .startsWith("Text 5 has token id 99999 at position 150, "));
    }
  }

  private static String message(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(IllegalArgumentException.class, call).getMessage();
  }

  @Test
  void otherCallersOfTheEngineAreNotConcerned() throws Exception {
    int count = 60;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 5, 0, 0))) {
      int[][] expected = tokens(engine, count);
      CompletableFuture<int[][]> good =
          CompletableFuture.supplyAsync(() -> tokens(engine, count), threads);
      int refused = 0;
      while (!good.isDone() || refused < 20) {
        Iterator<Prompt> rows =
            HostileCalls.rows(
                new Prompt(1, new int[] {7}),
                new Prompt(2, new int[0]),
                new Prompt(3, new int[] {8, 50_000_000}));
        assertThrows(
            IllegalArgumentException.class,
            () -> engine.generate(rows, HostileCalls.CONFIG, sample -> {}));
        refused++;
      }
      assertArrayEquals(expected, good.join());
    }
  }

  private static int[][] tokens(Engine engine, int count) {
    int[][] tokens = new int[count][];
    try {
      engine.generate(
          IntStream.range(0, count).mapToObj(i -> new Prompt(i, new int[] {i, 3})).iterator(),
          HostileCalls.CONFIG,
          sample -> tokens[(int) sample.streamId()] = sample.tokens());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return tokens;
  }

  /** An array that its caller uses again is read once, when the row is taken. */
  @Test
  void whatACallerChangesLaterDoesNotReachTheEngine() throws Exception {
    int count = 40;
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 3, 0, 0))) {
      int[][] expected = tokens(engine, count);
      int[][] drawn = new int[count][];
      int[] used = new int[2];
      Iterator<int[]> arrays = overwritten(used, count);
      engine.generate(
          new Mapped<>(arrays, i -> new Prompt(i, used)),
          HostileCalls.CONFIG,
          sample -> drawn[(int) sample.streamId()] = sample.tokens());
      assertArrayEquals(expected, drawn);

      double[] windows = new double[count];
      engine.score(
          new Mapped<>(overwritten(used, count), i -> new TokenWindow(i, used, 1)),
          false,
          score -> windows[(int) score.id()] = score.logLikelihood());
      double[] texts = new double[count];
      int[][] told = new int[count][];
      new Scorer(engine, ScoringConfig.LIKELIHOODS)
          .score(
              new Mapped<>(overwritten(used, count), i -> new ScoringText(i, new int[0], used)),
              score -> {
                texts[(int) score.id()] = score.logLikelihood();
                told[(int) score.id()] = score.tokens();
              });
      for (int i = 0; i < count; i++) {
        Score[] alone = new Score[2];
        int end = engine.model().tokenizer().endOfText();
        engine.score(
            HostileCalls.rows(
                new TokenWindow(0, new int[] {i, 3}, 1),
                TokenWindow.ofText(1, new int[] {i, 3}, end)),
            false,
            score -> alone[(int) score.id()] = score);
        assertEquals(alone[0].logLikelihood(), windows[i]);
        assertEquals(alone[1].logLikelihood(), texts[i]);
        assertArrayEquals(new int[] {i, 3}, told[i]);
      }
    }
  }

  /** Fills the array for each element, and with wrong ids as soon as the element is taken. */
  private static Iterator<int[]> overwritten(int[] array, int count) {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        Arrays.fill(array, 50_000_000);
        return next < count;
      }

      @Override
      public int[] next() {
        array[0] = next++;
        array[1] = 3;
        return array;
      }
    };
  }

  /** Rows by number, made when they are asked for. */
  private record Mapped<T>(Iterator<int[]> arrays, java.util.function.IntFunction<T> row)
      implements Iterator<T> {
    @Override
    public boolean hasNext() {
      return arrays.hasNext();
    }

    @Override
    public T next() {
      return row.apply(arrays.next()[0]);
    }
  }

  @Test
  void anEngineKeepsItsModelOpen() throws Exception {
    Model model;
    try (ModelFolder folder = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      model = Model.load(folder);
    }
    Engine engine = new Engine(model, new EngineOptions(2, 4, 0, 0));
    Sample expected = HostileCalls.sample(engine);
    model.close();
    assertArrayEquals(expected.tokens(), HostileCalls.sample(engine).tokens());
    assertThrows(IllegalStateException.class, () -> new Engine(model, EngineOptions.DEFAULT));
    engine.close();
    engine.close();
    model.close();
    assertThrows(IllegalStateException.class, () -> HostileCalls.sample(engine));
    assertThrows(IllegalStateException.class, () -> new Engine(model, EngineOptions.DEFAULT));
  }
}
