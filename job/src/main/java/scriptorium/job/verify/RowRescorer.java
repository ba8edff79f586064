package scriptorium.job.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import scriptorium.engine.Engine;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringText;
import scriptorium.engine.TextScore;
import scriptorium.job.base.UserException;
import scriptorium.job.dataset.ScoreRows;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.RowJson;
import scriptorium.job.row.RowSchema;
import scriptorium.job.run.RecordedRun;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardFiles;
import scriptorium.job.verify.ChosenRows.Chosen;

/**
 * Scores rows of a data set again from what they hold and what its manifest says, and holds the
 * scores against those that are there, bit for bit. Memory is that of the rows in flight.
 */
final class RowRescorer {
  private final ModelFolder model;
  private final ModelFolder observer;
  private final OutputStore store;
  private final ShardFiles files;
  private final ScoredAgain kind;
  private final RowSchema schema;
  private final long firstId;

  /** A row whose text is being scored. */
  private record Pending(Chosen row, ObjectNode columns, long bytes) {}

  /**
   * @param observer the data set's; null if it has none
   * @throws UserException where rows of the data set cannot be scored again, or not by these models
   */
  RowRescorer(Manifest manifest, ModelFolder model, ModelFolder observer, OutputStore store) {
    this.model = model;
    this.observer = manifest.observer() == null ? null : observer;
    this.store = store;
    files = manifest.shardFiles();
    RecordedRun run = new RecordedRun(manifest);
    kind = ScoredAgain.of(run, manifest.name());
    schema = run.schema();
    firstId = run.firstId();
    run.require(model);
    if (manifest.observer() != null) {
      if (observer == null) {
        throw new UserException(
            "Data set "
                + manifest.name()
                + " was scored with the observer "
                + manifest.observer().name()
                + ": name it by --observer");
      }
      run.requireObserver(observer);
    }
  }

  /** Scores rows again. */
  RowProof check(RowChoice choice) throws InterruptedException {
    try (Model loaded = Model.load(model);
        Model second = observer == null ? null : Model.load(observer);
        Engine engine = new Engine(loaded, second, kind.engine());
        ChosenRows chosen = new ChosenRows(choice, store, files, kind.shardRows(), firstId)) {
      return new Run(engine, chosen).run();
    } catch (IllegalArgumentException e) { // a stride beyond the context, an observer of no use
      throw new UserException(e.getMessage(), e);
    }
  }

  /** One pass over chosen rows. */
  private final class Run {
    private final Engine engine;
    private final ChosenRows chosen;
    private final ScoreRows rows;
    private final Map<Long, Pending> pending = new HashMap<>();
    private long texts;
    private long errors;

    Run(Engine engine, ChosenRows chosen) {
      this.engine = engine;
      this.chosen = chosen;
      rows = new ScoreRows(engine.model().tokenizer());
    }

    RowProof run() throws InterruptedException {
      new Scorer(engine, kind.scoring())
          .score(
              chosen.map(this::text),
              this::compare,
              failure ->
                  chosen.defect(
                      pending.remove(failure.id()).row(),
                      "cannot be scored again: " + failure.reason()),
              tokens -> {});
      return chosen.proof(errors);
    }

    /** The text of a row; null for an error row and for one that holds none. */
    private ScoringText text(Chosen row) {
      ObjectNode columns = RowJson.columns(row.line());
      String wrong = schema.wrong(columns);
      if (wrong == null && schema.isError(columns)) {
        errors++;
        return null;
      }
      InputRow input = wrong == null ? kind.input(columns, row.parquet()) : null;
      ScoreRows.Read read = wrong == null ? rows.read(texts, input) : null;
      if (read == null || read.text() == null) {
        chosen.defect(row, wrong == null ? "cannot be scored again: " + read.row().error() : wrong);
        return null;
      }
      pending.put(texts, new Pending(row, columns, read.bytes()));
      texts++;
      return read.text();
    }

    private void compare(TextScore score) {
      Pending scored = pending.remove(score.id());
      kind.expected(score, scored.columns(), scored.bytes(), engine.model().tokenizer())
          .forEach(
              (name, value) -> {
                JsonNode found = scored.columns().get(name);
                if (!ValueBits.same(value, found)) {
                  chosen.defect(
                      scored.row(),
                      "has "
                          + ValueBits.words(found)
                          + " in the column "
                          + name
                          + ", the model gives "
                          + ValueBits.words(value));
                }
              });
    }
  }
}
