package scriptorium.job.run;

import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import scriptorium.engine.Engine;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.ScoringText;
import scriptorium.engine.TextScore;
import scriptorium.engine.generation.RowFailure;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.base.OutputException;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.dataset.ScoreRows;
import scriptorium.job.input.InputTable;
import scriptorium.job.output.ShardRange;
import scriptorium.job.output.ShardWriter;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.ScoreSchema;
import scriptorium.job.row.ScoredRow;
import scriptorium.job.store.ShardReceipt;

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
  private final ShardWork.Progress progress;
  private final Scorer scorer;
  private final ScoreRows rows;
  private final Map<Long, ScoreRows.Read> pending = new HashMap<>();
  private final OpenShards<ScoredRow> shards;
  private long nextRow;

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
      ShardWriter writer,
      ShardWork.Progress progress) {
    this.settings = settings;
    this.range = range;
    this.inputs = inputs;
    hadoop = writer.configuration();
    this.progress = progress;
    scorer = new Scorer(engine, new ScoringConfig(settings.stride(), settings.details()));
    rows = new ScoreRows(engine.model().tokenizer());
    shards =
        new OpenShards<>(
            range,
            settings.shardRows(),
            (shard, rows) ->
                writer.writeScores(range.folder(), range.split(), shard, settings.schema(), rows));
    nextRow = shards.firstRow();
  }

  /** Scores and writes all shards of the range. */
  List<ShardReceipt> run() throws InterruptedException {
    try (InputTable.Rows texts =
        inputs.rows(shards.firstRow(), shards.endRow(), settings.inputColumns(), hadoop)) {
      scorer.score(
          new MappedIterator<>(texts, this::text), this::finished, this::failed, progress::tokens);
    }
    return shards.receipts();
  }

  /** The text of the next row; null for an error row, which has gone to its shard. */
  private ScoringText text(InputRow row) {
    long id = nextRow;
    nextRow++;
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

  private void failed(RowFailure failure) {
    bad(failure.id(), pending.remove(failure.id()).row().withError(failure.reason()));
  }

  private void finished(TextScore score) {
    ScoreRows.Read scored = pending.remove(score.id());
    shards.place(score.id(), settings.schema().row(scored.row(), score, scored.bytes()));
    progress.row();
  }
}
