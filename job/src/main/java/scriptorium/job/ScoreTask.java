package scriptorium.job;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import scriptorium.engine.Engine;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.ScoringText;
import scriptorium.engine.TextScore;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.io.InputColumns;
import scriptorium.job.io.InputRow;
import scriptorium.job.io.InputTable;
import scriptorium.job.io.OutputException;
import scriptorium.job.io.ScoreSchema;
import scriptorium.job.io.ScoredRow;
import scriptorium.job.io.ShardReceipt;
import scriptorium.job.io.ShardStore;

/**
 * What an executor does with a range of shards: reads its rows, has them scored across the shards'
 * borders, puts the scored rows in their shards and writes each shard when its last row is there.
 * Used by one thread.
 */
final class ScoreTask {
  private final JobSettings settings;
  private final ShardRange range;
  private final InputTable inputs;
  private final Configuration hadoop;
  private final ShardedJob.Progress progress;
  private final Scorer scorer;
  private final BytePairTokenizer tokenizer;
  private final Map<Long, Pending> pending = new HashMap<>();
  private final OpenShards<ScoredRow> shards;

  /** What a task needs to know of the run, small enough to travel with it. */
  record JobSettings(
      String out,
      InputColumns inputColumns,
      int stride,
      boolean details,
      ScoreSchema schema,
      String format,
      int shardRows,
      boolean failOnBadRow)
      implements Serializable {
    static JobSettings of(ScoreConfig config, ScoreSchema schema) {
      return new JobSettings(
          config.out(),
          config.inputColumns(),
          config.stride(),
          config.scoring().tokenDetails(),
          schema,
          config.format(),
          config.shardRows(),
          config.failOnBadRow());
    }
  }

  /** A row that is being scored, and the bytes of its text. */
  private record Pending(InputRow row, long bytes) {}

  ScoreTask(
      JobSettings settings,
      ShardRange range,
      Engine engine,
      InputTable inputs,
      ShardStore store,
      ShardedJob.Progress progress) {
    this.settings = settings;
    this.range = range;
    this.inputs = inputs;
    hadoop = store.configuration();
    this.progress = progress;
    scorer = new Scorer(engine, new ScoringConfig(settings.stride(), settings.details()));
    tokenizer = engine.model().tokenizer();
    shards =
        new OpenShards<>(
            range,
            settings.shardRows(),
            (shard, rows) ->
                store.writeScores(range.folder(), range.split(), shard, settings.schema(), rows));
  }

  /** Scores and writes all shards of the range. */
  List<ShardReceipt> run() throws InterruptedException {
    long from = shards.firstRow();
    try (InputTable.Rows rows =
        inputs.rows(from, shards.endRow(), settings.inputColumns(), hadoop)) {
      scorer.score(new Texts(rows, from), this::finished, progress::tokens);
    }
    return shards.receipts();
  }

  /** The rows of the range as texts; rows that are none go straight to their shards. */
  private final class Texts implements Iterator<ScoringText> {
    private final Iterator<InputRow> rows;
    private long row;
    private ScoringText next;

    Texts(Iterator<InputRow> rows, long first) {
      this.rows = rows;
      row = first;
    }

    @Override
    public boolean hasNext() {
      while (next == null && rows.hasNext()) {
        long id = row;
        row++;
        next = text(id, rows.next());
      }
      return next != null;
    }

    @Override
    public ScoringText next() {
      if (!hasNext()) {
        throw new NoSuchElementException("The range has no more rows");
      }
      ScoringText text = next;
      next = null;
      return text;
    }
  }

  private ScoringText text(long id, InputRow row) {
    if (row.error() != null) {
      bad(id, row);
      return null;
    }
    int[] tokens = row.tokens() == null ? tokenizer.encode(row.text()) : row.tokens();
    for (int token : tokens) {
      if (token < 0 || token >= tokenizer.vocabSize()) {
        String error = "token id " + token + " is not in 0.." + (tokenizer.vocabSize() - 1);
        bad(id, new InputRow(row.columns(), null, null, "", error));
        return null;
      }
    }
    long bytes =
        row.text() == null
            ? tokenizer.decodeBytes(tokens, 0, tokens.length).length
            : row.text().getBytes(StandardCharsets.UTF_8).length;
    pending.put(id, new Pending(row, bytes));
    return new ScoringText(id, tokenizer.encode(row.prompt()), tokens);
  }

  private void bad(long id, InputRow row) {
    if (settings.failOnBadRow()) {
      throw new OutputException(
          "Row " + id + ": " + row.error() + " (--on-bad-row record goes on)");
    }
    shards.place(id, settings.schema().row(row, null, 0));
    progress.row();
  }

  private void finished(TextScore score) {
    Pending scored = pending.remove(score.id());
    shards.place(score.id(), settings.schema().row(scored.row(), score, scored.bytes()));
    progress.row();
  }
}
