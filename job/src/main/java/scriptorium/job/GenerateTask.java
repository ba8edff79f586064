package scriptorium.job;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import scriptorium.engine.Engine;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.config.JobConfig;
import scriptorium.job.io.OutputException;
import scriptorium.job.io.PromptTable;
import scriptorium.job.io.SampleRow;
import scriptorium.job.io.ShardReceipt;
import scriptorium.job.io.ShardStore;

/**
 * What an executor does with a range of shards: feeds the engine row by row across the shards'
 * borders, puts the finished rows in their shards and writes each shard when its last row is there.
 * Used by one thread.
 */
final class GenerateTask {
  private final JobSettings settings;
  private final ShardRange range;
  private final Engine engine;
  private final PromptTable prompts;
  private final ShardStore store;
  private final ShardedJob.Progress progress;
  private final BytePairTokenizer tokenizer;
  private final Map<Integer, OpenShard> open = new HashMap<>();
  private final List<ShardReceipt> receipts = new ArrayList<>();

  /** What a task needs to know of the run, small enough to travel with it. */
  record JobSettings(
      String out,
      String format,
      scriptorium.job.io.SampleSchema schema,
      GenerationSettings generation,
      String modelName,
      int shardRows,
      int samplesPerPrompt,
      boolean failOnBadRow)
      implements Serializable {
    static JobSettings of(JobConfig config, String modelName) {
      var g = config.generation();
      return new JobSettings(
          config.out(),
          config.format(),
          config.sampleSchema(),
          new GenerationSettings(
              g.temperature(),
              g.topK(),
              g.topPLow(),
              g.topPHigh(),
              g.maxNewTokens(),
              g.seed(),
              g.tokenDetails()),
          modelName,
          config.shardRows(),
          config.samplesPerPrompt(),
          config.failOnBadRow());
    }
  }

  /** The engine's {@code GenerationConfig}, which knows nothing of serialisation. */
  record GenerationSettings(
      double temperature,
      int topK,
      double topPLow,
      double topPHigh,
      int maxNewTokens,
      long seed,
      boolean tokenDetails)
      implements Serializable {
    scriptorium.engine.generation.GenerationConfig config() {
      return new scriptorium.engine.generation.GenerationConfig(
          temperature, topK, topPLow, topPHigh, maxNewTokens, seed, tokenDetails);
    }
  }

  /** The rows of a shard that is being filled. */
  private static final class OpenShard {
    final SampleRow[] rows;
    int missing;

    OpenShard(int size) {
      rows = new SampleRow[size];
      missing = size;
    }
  }

  GenerateTask(
      JobSettings settings,
      ShardRange range,
      Engine engine,
      PromptTable prompts,
      Configuration hadoop,
      ShardedJob.Progress progress) {
    this.settings = settings;
    this.range = range;
    this.engine = engine;
    this.prompts = prompts;
    this.progress = progress;
    store = new ShardStore(settings.out(), settings.format(), hadoop);
    tokenizer = engine.model().tokenizer();
  }

  /** Generates and writes all shards of the range. */
  List<ShardReceipt> run() throws InterruptedException {
    engine.generate(new Rows(), settings.generation().config(), this::finished);
    return receipts;
  }

  /** The rows of the range as prompts; rows that can be no prompt go straight to their shards. */
  private final class Rows implements Iterator<Prompt> {
    private final Deque<Prompt> ready = new ArrayDeque<>();
    private long row = (long) range.firstShard() * settings.shardRows();
    private final long end =
        Math.min(range.splitRows(), (long) range.endShard() * settings.shardRows());

    @Override
    public boolean hasNext() {
      while (ready.isEmpty() && row < end) {
        long id = row;
        row++;
        openShard(id);
        Prompt prompt = prompt(id);
        if (prompt != null) {
          ready.add(prompt);
        }
      }
      return !ready.isEmpty();
    }

    @Override
    public Prompt next() {
      if (!hasNext()) {
        throw new NoSuchElementException("The range has no more rows");
      }
      return ready.remove();
    }
  }

  private void openShard(long id) {
    int shard = (int) (id / settings.shardRows());
    long first = (long) shard * settings.shardRows();
    open.computeIfAbsent(
        shard,
        ignored -> new OpenShard((int) Math.min(settings.shardRows(), range.splitRows() - first)));
  }

  private Prompt prompt(long id) {
    if (prompts == null) {
      return new Prompt(range.offset() + id, new int[0]);
    }
    int promptId = (int) (id / settings.samplesPerPrompt());
    String text = prompts.text(promptId);
    if (prompts.isError(promptId)) {
      bad(id, null, text);
      return null;
    }
    int[] tokens = tokenizer.encode(text);
    if (tokens.length > engine.maxPromptLength()) {
      bad(
          id,
          text,
          "prompt of "
              + tokens.length
              + " tokens is longer than the context leaves room for: "
              + engine.maxPromptLength());
      return null;
    }
    return new Prompt(range.offset() + id, tokens);
  }

  private void bad(long id, String prompt, String error) {
    if (settings.failOnBadRow()) {
      throw new OutputException("Row " + id + ": " + error + " (--on-bad-row record goes on)");
    }
    place(row(id, false, 0, "", null, prompt, error));
  }

  private void finished(Sample sample) {
    long id = sample.streamId() - range.offset();
    String text = tokenizer.decode(sample.tokens(), 0, sample.length());
    String prompt = prompts == null ? null : prompts.text((int) (id / settings.samplesPerPrompt()));
    place(row(id, sample.ended(), sample.length(), text, sample, prompt, null));
    progress.tokens(sample.tokens().length);
    progress.row();
  }

  private SampleRow row(
      long id, boolean ended, int length, String text, Sample sample, String prompt, String error) {
    boolean arrays = sample != null && settings.schema().tokenColumns();
    boolean fromPrompt = settings.schema().prompts();
    return new SampleRow(
        id,
        ended,
        length,
        text,
        sample == null ? null : (Double) sample.logLikelihood(),
        sample == null ? null : (Double) sample.samplingLogLikelihood(),
        prompt,
        fromPrompt ? (Long) (id / settings.samplesPerPrompt()) : null,
        fromPrompt ? (Integer) (int) (id % settings.samplesPerPrompt()) : null,
        sample != null && settings.schema().topP() ? (Double) sample.topP() : null,
        settings.modelName(),
        arrays ? sample.tokens() : null,
        arrays ? sample.tokenLogLikelihoods() : null,
        arrays ? sample.tokenSamplingLogLikelihoods() : null,
        arrays ? sample.tokenRanks() : null,
        arrays ? sample.tokenEntropies() : null,
        error);
  }

  private void place(SampleRow row) {
    int shard = (int) (row.id() / settings.shardRows());
    OpenShard filled = open.get(shard);
    filled.rows[(int) (row.id() % settings.shardRows())] = row;
    filled.missing--;
    if (filled.missing == 0) {
      open.remove(shard);
      receipts.add(
          store.writeShard(
              range.folder(), range.split(), shard, settings.schema(), Arrays.asList(filled.rows)));
    }
  }
}
