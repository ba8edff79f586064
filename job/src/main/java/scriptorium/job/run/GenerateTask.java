package scriptorium.job.run;

import java.util.List;
import java.util.stream.LongStream;
import scriptorium.engine.Engine;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.base.OutputException;
import scriptorium.job.dataset.SampleRows;
import scriptorium.job.dataset.SampleSettings;
import scriptorium.job.input.PromptTable;
import scriptorium.job.output.ShardRange;
import scriptorium.job.output.ShardWriter;
import scriptorium.job.row.SampleRow;
import scriptorium.job.store.ShardReceipt;

/**
 * What an executor does with a range of shards: feeds the engine row by row across the shards'
 * borders, puts the finished rows in their shards and writes each shard when its last row is there.
 * Used by one thread.
 */
public final class GenerateTask {
  private final SampleSettings settings;
  private final ShardRange range;
  private final Engine engine;
  private final ShardWork.Progress progress;
  private final SampleRows rows;
  private final OpenShards<SampleRow> shards;

  GenerateTask(
      SampleSettings settings,
      ShardRange range,
      Engine engine,
      PromptTable prompts,
      ShardWriter writer,
      ShardWork.Progress progress) {
    this.settings = settings;
    this.range = range;
    this.engine = engine;
    this.progress = progress;
    rows = new SampleRows(settings, prompts, engine.model().tokenizer(), engine.maxPromptLength());
    shards =
        new OpenShards<>(
            range,
            settings.shardRows(),
            (shard, filled) ->
                writer.writeSamples(
                    range.folder(), range.split(), shard, settings.schema(), filled));
  }

  /** Generates and writes all shards of the range. */
  List<ShardReceipt> run() throws InterruptedException {
    engine.generate(
        new MappedIterator<>(
            LongStream.range(shards.firstRow(), shards.endRow()).iterator(), this::prompt),
        settings.generation(),
        this::finished,
        failure -> bad(rows.rowOf(failure.id(), range.offset()), failure.reason()));
    return shards.receipts();
  }

  /** The prompt of a row; null for one that cannot be used and has gone to its shard. */
  private Prompt prompt(long id) {
    String error = rows.error(id);
    if (error == null) {
      return rows.prompt(id, range.offset());
    }
    bad(id, error);
    return null;
  }

  private void bad(long id, String error) {
    if (settings.failOnBadRow()) {
      throw new OutputException("Row " + id + ": " + error + " (--on-bad-row record goes on)");
    }
    shards.place(id, rows.errorRow(id, error));
    progress.row();
  }

  private void finished(Sample sample) {
    long id = rows.rowOf(sample.streamId(), range.offset());
    shards.place(id, rows.row(id, sample));
    progress.tokens(sample.tokens().length);
    progress.row();
  }
}
