package scriptorium.engine.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Text to tokens and back: 500 book passages, as JSON lines, a megabyte. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
public class TokenizerBenchmark {
  private BytePairTokenizer tokenizer;
  private String text;
  private int[] tokens;

  /** Tokens a second. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Count {
    public long tokens;
  }

  @Setup(Level.Trial)
  public void read() throws IOException {
    Path data = Path.of(System.getProperty("scriptorium.home"), "datasets");
    Path files = data.resolve("gpt2-tokenizer");
    tokenizer =
        BytePairTokenizer.fromBytes(
            Files.readAllBytes(files.resolve("encoder.json")),
            Files.readAllBytes(files.resolve("vocab.bpe")));
    text = Files.readString(data.resolve("human/books.test.jsonl"));
    tokens = tokenizer.encode(text);
  }

  @Benchmark
  public int[] encode(Count count) {
    count.tokens += tokens.length;
    return tokenizer.encode(text);
  }

  @Benchmark
  public String decode(Count count) {
    count.tokens += tokens.length;
    return tokenizer.decode(tokens, 0, tokens.length);
  }
}
