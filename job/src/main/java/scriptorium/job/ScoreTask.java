package scriptorium.job;

import java.io.Serializable;
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
  private final ScoreRows rows;
  private final Map<Long, ScoreRows.Read> pending = new HashMap<>();
  private final OpenShards<ScoredRow> shards;

  /** What a task needs to know of the run, small enough to travel with it. */
  record JobSettings(
      InputColumns inputColumns,
      int stride,
      boolean details,
      ScoreSchema schema,
      int shardRows,
      boolean failOnBadRow)
      implements Serializable {
    static JobSettings of(ScoreConfig config, ScoreSchema schema) {
      return new JobSettings(
          config.inputColumns(),
          config.stride(),
          config.scoring().tokenDetails(),
          schema,
          config.shardRows(),
          config.failOnBadRow());
    }
  }

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
    rows = new ScoreRows(engine.model().tokenizer());
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
    try (InputTable.Rows texts =
        inputs.rows(from, shards.endRow(), settings.inputColumns(), hadoop)) {
      scorer.score(new Texts(texts, from), this::finished, progress::tokens);
    }
    return shards.receipts();
  }

  /** The rows of the range as texts; rows that are none go straight to their shards. */
  private final class Texts implements Iterator<ScoringText> {
    private final Iterator<InputRow> texts;
    private long row;
    private ScoringText next;

    Texts(Iterator<InputRow> texts, long first) {
      this.texts = texts;
      row = first;
    }

    @Override
    public boolean hasNext() {
      while (next == null && texts.hasNext()) {
        long id = row;
        row++;
        next = text(id, texts.next());
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
    ScoreRows.Read read = rows.read(id, row);
    if (read.text() == null) {
      bad(id, read.row());
    } else {
      pending.put(id, read);
    }
    return read.text();
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
    ScoreRows.Read scored = pending.remove(score.id());
    shards.place(score.id(), settings.schema().row(scored.row(), score, scored.bytes()));
    progress.row();
  }
}
