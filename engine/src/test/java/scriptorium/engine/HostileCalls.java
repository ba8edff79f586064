package scriptorium.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.GenerationConfig.BestOfBy;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.generation.TokenWindow;
import scriptorium.engine.sampling.SamplingConfig;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * Calls with every kind of wrong id, offset, length and null. {@link HostileCallsTest} runs {@link
 * #main} in a process of its own, which wrong ids may end.
 */
final class HostileCalls {
  static final GenerationConfig CONFIG = new GenerationConfig(1, 40, 1, 1, 5, 7, true);

  /** Of the vocabulary of 50,257. */
  private static final int[] WRONG_IDS = {
    -1, 50_257, 50_258, 50_304, 65_536, 50_000_000, 1 << 30, Integer.MAX_VALUE, Integer.MIN_VALUE
  };

  private HostileCalls() {}

  /** A call of an engine. */
  @FunctionalInterface
  interface Call {
    void run(Engine engine) throws Exception;
  }

  /** Calls that an engine refuses as the caller's mistake, by name. */
  static Map<String, Call> refused() {
    Map<String, Call> calls = new LinkedHashMap<>();
    for (int id : WRONG_IDS) {
      for (int length : new int[] {1, 2, 9, 62}) {
        for (int at : new int[] {0, length / 2, length - 1}) {
          String name = "id " + id + " at " + at + " of " + length;
          calls.put(
              "prompt, " + name, engine -> generate(engine, new Prompt(3, with(id, at, length))));
          calls.put(
              "window, " + name,
              engine -> score(engine, new TokenWindow(3, with(id, at, length), 1)));
          calls.put(
              "window of which all is given, " + name,
              engine -> score(engine, new TokenWindow(3, with(id, at, length), length)));
          calls.put(
              "text, " + name,
              engine -> score(engine, new ScoringText(3, new int[0], with(id, at, length))));
          calls.put(
              "prompt of a text, " + name,
              engine -> score(engine, new ScoringText(3, with(id, at, length), new int[] {1})));
          calls.put(
              "prompt of no text, " + name,
              engine -> score(engine, new ScoringText(3, with(id, at, length), new int[0])));
        }
      }
      calls.put(
          "end of a text " + id, engine -> score(engine, TokenWindow.ofText(1, new int[2], id)));
      calls.put(
          "long text, id " + id,
          engine -> score(engine, new ScoringText(3, new int[0], with(id, 299, 300))));
    }
    lengths(calls);
    nulls(calls);
    return calls;
  }

  private static void lengths(Map<String, Call> calls) {
    for (int length : new int[] {63, 64, 65, 1000, 1_000_000}) {
      calls.put("prompt of " + length, engine -> generate(engine, new Prompt(1, new int[length])));
    }
    for (int length : new int[] {66, 67, 1000, 1_000_000}) {
      calls.put(
          "window of " + length, engine -> score(engine, new TokenWindow(1, new int[length], 1)));
    }
    for (int given : new int[] {0, -1, 4, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      calls.put("given " + given, engine -> score(engine, new TokenWindow(1, new int[3], given)));
    }
    calls.put("window of nothing", engine -> score(engine, new TokenWindow(1, new int[0], 0)));
    for (long stream : new long[] {-1, Long.MIN_VALUE}) {
      calls.put("stream " + stream, engine -> generate(engine, new Prompt(stream, new int[0])));
    }
    for (int stride : new int[] {-1, 65, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      calls.put(
          "stride " + stride,
          engine -> new Scorer(engine, new ScoringConfig(stride, false)).score("a b c"));
    }
    for (int count : new int[] {-1, Integer.MIN_VALUE}) {
      calls.put("new tokens " + count, engine -> generate(engine, CONFIG.withMaxNewTokens(count)));
      calls.put(
          "top-k " + count,
          engine -> generate(engine, CONFIG.withSampling(SamplingConfig.PLAIN.withTopK(count))));
      calls.put(
          "n-gram " + count,
          engine ->
              generate(engine, CONFIG.withSampling(SamplingConfig.PLAIN.withNoRepeatNgram(count))));
      calls.put(
          "min new tokens " + count,
          engine ->
              generate(engine, CONFIG.withSampling(SamplingConfig.PLAIN.withMinNewTokens(count))));
    }
    for (int candidates : new int[] {-1, 0, 1001, Integer.MAX_VALUE}) {
      calls.put(
          "best of " + candidates,
          engine -> generate(engine, CONFIG.withBestOf(candidates, BestOfBy.SUM)));
    }
    for (int threads : new int[] {-1, 0, 1025, Integer.MAX_VALUE}) {
      calls.put("peak of " + threads, engine -> Engine.peakGflops(threads));
    }
  }

  private static void nulls(Map<String, Call> calls) {
    Function<Engine, Scorer> scorer = engine -> new Scorer(engine, ScoringConfig.LIKELIHOODS);
    calls.put("null prompt", engine -> generate(engine, (Prompt) null));
    calls.put("null tokens", engine -> generate(engine, new Prompt(1, null)));
    calls.put("null window", engine -> score(engine, (TokenWindow) null));
    calls.put("null tokens of a window", engine -> score(engine, new TokenWindow(1, null, 1)));
    calls.put("null tokens of ofText", engine -> score(engine, TokenWindow.ofText(1, null, 0)));
    calls.put("null text", engine -> score(engine, (ScoringText) null));
    calls.put("null of a text", engine -> score(engine, new ScoringText(1, new int[0], null)));
    calls.put("null prompt of it", engine -> score(engine, new ScoringText(1, null, new int[1])));
    calls.put("null prompts", engine -> engine.generate(null, CONFIG, sample -> {}));
    calls.put("null config", engine -> generate(engine, (GenerationConfig) null));
    calls.put(
        "null taker", engine -> engine.generate(rows(new Prompt(1, new int[0])), CONFIG, null));
    calls.put(
        "null taker of failures",
        engine -> engine.generate(rows(new Prompt(1, new int[0])), CONFIG, sample -> {}, null));
    calls.put(
        "null taker of failed windows",
        engine -> engine.score(rows(new TokenWindow(1, new int[3], 1)), false, score -> {}, null));
    calls.put(
        "null taker of failed texts",
        engine ->
            scorer
                .apply(engine)
                .score(
                    rows(new ScoringText(1, new int[0], new int[1])), score -> {}, null, n -> {}));
    calls.put("null windows", engine -> engine.score(null, false, score -> {}));
    calls.put(
        "null taker of scores",
        engine -> engine.score(rows(new TokenWindow(1, new int[3], 1)), false, null));
    calls.put("null string", engine -> scorer.apply(engine).score((String) null));
    calls.put("null list", engine -> scorer.apply(engine).score((List<String>) null));
    calls.put("null in a list", engine -> scorer.apply(engine).score(Arrays.asList("a", null)));
    calls.put("null texts", engine -> scorer.apply(engine).score(null, score -> {}));
    calls.put(
        "null taker of texts",
        engine ->
            scorer.apply(engine).score(rows(new ScoringText(1, new int[0], new int[1])), null));
    calls.put(
        "null counter",
        engine ->
            scorer
                .apply(engine)
                .score(rows(new ScoringText(1, new int[0], new int[1])), score -> {}, null));
    calls.put("null engine", engine -> new Scorer(null, ScoringConfig.LIKELIHOODS));
    calls.put("null scoring", engine -> new Scorer(engine, null));
    calls.put("null model", engine -> new Engine(null, EngineOptions.DEFAULT).close());
    calls.put("null options", engine -> new Engine(engine.model(), null).close());
    calls.put("null cache type", engine -> new EngineOptions(1, 1, 0, 0, null));
    calls.put("null sampling", engine -> CONFIG.withSampling(null));
    calls.put("null stops", engine -> CONFIG.withStops(null));
    calls.put("null stop", engine -> CONFIG.withStops(Arrays.asList("a", null)));
    calls.put("null order", engine -> CONFIG.withBestOf(2, null));
    calls.put("null order of one", engine -> CONFIG.withBestOf(1, null));
  }

  /** Calls of the tokenizer that are out of bounds, by name. */
  static Map<String, Consumer<BytePairTokenizer>> outOfBounds() {
    Map<String, Consumer<BytePairTokenizer>> calls = new LinkedHashMap<>();
    for (int id : WRONG_IDS) {
      calls.put("decode " + id, tokenizer -> tokenizer.decode(new int[] {1, id}));
      calls.put("bytes of " + id, tokenizer -> tokenizer.decodeBytes(new int[] {id}, 0, 1));
      calls.put("text of " + id, tokenizer -> Sample.text(new int[] {id}, 1, null, tokenizer));
      calls.put(
          "stop in " + id,
          tokenizer -> Sample.Stop.in(new int[] {1, id}, 2, List.of("x y z"), tokenizer));
    }
    int[][] ranges = {
      {-1, 1}, {0, 4}, {2, 1}, {4, 4}, {0, Integer.MAX_VALUE}, {Integer.MIN_VALUE, 0}, {0, -1}
    };
    for (int[] range : ranges) {
      calls.put(
          "decode " + Arrays.toString(range),
          tokenizer -> tokenizer.decode(new int[3], range[0], range[1]));
    }
    return calls;
  }

  /** Rows of extreme values, all of them valid. */
  static Map<String, Call> accepted() {
    Map<String, Call> calls = new LinkedHashMap<>();
    for (int id : new int[] {0, 255, 256, 50_256}) {
      calls.put("prompt of " + id, engine -> generate(engine, new Prompt(1, with(id, 0, 62))));
      calls.put(
          "window of " + id, engine -> score(engine, new TokenWindow(1, with(id, 64, 65), 65)));
    }
    calls.put("last stream", engine -> generate(engine, new Prompt(Long.MAX_VALUE, new int[0])));
    calls.put(
        "windows of any id",
        engine -> score(engine, new TokenWindow(Long.MIN_VALUE, new int[2], 1)));
    int most = Integer.MAX_VALUE;
    calls.put("most new tokens", engine -> generate(engine, CONFIG.withMaxNewTokens(most)));
    calls.put(
        "most of all counts",
        engine ->
            generate(
                engine,
                CONFIG
                    .withMaxNewTokens(0)
                    .withSampling(
                        SamplingConfig.PLAIN
                            .withTopK(most)
                            .withNoRepeatNgram(most)
                            .withMinNewTokens(most))));
    return calls;
  }

  /** Makes all calls with an engine that has to live on; ends with status 0 if it did. */
  public static void main(String[] arguments) throws Exception {
    try (Engine engine = new Engine(TestModels.tiny(), new EngineOptions(2, 4, 0, 0))) {
      List<String> wrong = new ArrayList<>();
      Sample expected = sample(engine);
      for (Map.Entry<String, Call> call : refused().entrySet()) {
        wrong.addAll(mistakes(call.getKey(), call.getValue(), engine));
      }
      for (Map.Entry<String, Call> call : accepted().entrySet()) {
        call.getValue().run(engine);
      }
      for (Map.Entry<String, Consumer<BytePairTokenizer>> call : outOfBounds().entrySet()) {
        try {
          call.getValue().accept(engine.model().tokenizer());
          wrong.add(call.getKey() + " is taken");
        } catch (IndexOutOfBoundsException e) {
          // as documented
        }
      }
      if (!Arrays.equals(expected.tokens(), sample(engine).tokens())) {
        wrong.add("The engine draws other tokens than before");
      }
      wrong.forEach(System.out::println);
      System.exit(wrong.isEmpty() ? 0 : 1);
    }
  }

  /** What is wrong about how a call is refused. */
  static List<String> mistakes(String name, Call call, Engine engine) throws Exception {
    try {
      call.run(engine);
      return List.of(name + " is taken");
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      boolean oneLine = message.lines().count() == 1 && message.contains(": ");
      return oneLine ? List.of() : List.of(name + " has no remedy: " + message);
    } catch (RuntimeException e) {
      return List.of(name + " ends by " + e);
    }
  }

  static Sample sample(Engine engine) throws InterruptedException {
    List<Sample> samples = new ArrayList<>();
    engine.generate(rows(new Prompt(11, new int[] {5, 6})), CONFIG, samples::add);
    return samples.getFirst();
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  static <T> Iterator<T> rows(T... rows) {
    return Arrays.asList(rows).iterator();
  }

  /** Small ids, and one that is wrong. */
  static int[] with(int id, int at, int length) {
    int[] tokens = IntStream.range(100, 100 + length).toArray();
    tokens[at] = id;
    return tokens;
  }

  private static void generate(Engine engine, Prompt prompt) throws InterruptedException {
    engine.generate(rows(new Prompt(1, new int[1]), prompt), CONFIG, sample -> {});
  }

  private static void generate(Engine engine, GenerationConfig config) throws InterruptedException {
    engine.generate(rows(new Prompt(1, new int[1])), config, sample -> {});
  }

  private static void score(Engine engine, TokenWindow window) throws InterruptedException {
    engine.score(rows(new TokenWindow(1, new int[2], 1), window), true, score -> {});
  }

  private static void score(Engine engine, ScoringText text) throws InterruptedException {
    ScoringText good = new ScoringText(1, new int[0], new int[2]);
    new Scorer(engine, new ScoringConfig(0, true)).score(rows(good, text), score -> {});
  }
}
