package scriptorium.job.verify;

import java.util.HashMap;
import java.util.Map;
import scriptorium.engine.Engine;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.generation.Prompt;
import scriptorium.job.base.Console;
import scriptorium.job.base.UserException;
import scriptorium.job.config.JobConfig;
import scriptorium.job.dataset.SampleRows;
import scriptorium.job.dataset.SampleSettings;
import scriptorium.job.input.PromptReader;
import scriptorium.job.input.PromptTable;
import scriptorium.job.output.WrittenRows;
import scriptorium.job.row.SampleRow;
import scriptorium.job.run.RecordedRun;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.verify.ChosenRows.Chosen;

/**
 * Generates rows of a data set again from what its manifest says, and holds them against those that
 * are there, byte for byte: that proves which weights, settings and seed they came from. Memory is
 * that of the rows in flight.
 */
final class RowRegenerator {
  private static final int SHOWN = 80;

  private final Manifest manifest;
  private final ModelFolder model;
  private final OutputStore store;
  private final JobConfig config;
  private final PromptTable prompts;

  /**
   * @throws UserException if the data set was not made by that model from these prompts
   */
  RowRegenerator(Manifest manifest, ModelFolder model, OutputStore store) {
    this.manifest = manifest;
    this.model = model;
    this.store = store;
    RecordedRun run = new RecordedRun(manifest);
    if (!run.generated()) {
      throw new UserException(
          "Data set "
              + manifest.name()
              + " was scored, not generated: leave out --regenerate, --rescore proves its rows");
    }
    run.require(model);
    config = run.generate();
    prompts = prompts();
    checkSplits();
  }

  /** Splits that the run cannot have had would ask for prompts or random streams beyond its own. */
  private void checkSplits() {
    long rows = 0;
    for (Manifest.Split split : manifest.splits()) {
      if (split.offset() != rows || split.rows() < 0) {
        throw new UserException(
            "Manifest split "
                + split.name()
                + " has the offset "
                + split.offset()
                + " instead of "
                + rows
                + ": take the manifest.json that the run wrote");
      }
      rows += split.rows();
    }
    if (prompts != null && rows != (long) prompts.size() * config.samplesPerPrompt()) {
      throw new UserException(
          "Manifest has "
              + rows
              + " rows of "
              + prompts.size()
              + " prompts, "
              + config.samplesPerPrompt()
              + " each: take the manifest.json that the run wrote");
    }
  }

  private PromptTable prompts() {
    if (manifest.prompts() == null) {
      return null;
    }
    PromptTable table =
        PromptReader.read(
            manifest.prompts().file(),
            config.textColumn(),
            config.rowSettings(),
            config.inputFormat(),
            store.configuration(),
            Console.SILENT);
    if (!table.sha256().equals(manifest.prompts().sha256())) {
      throw new UserException(
          "Prompts file "
              + manifest.prompts().file()
              + " is not the one of the data set: its SHA-256 is "
              + table.sha256()
              + ", the manifest has "
              + manifest.prompts().sha256());
    }
    return table;
  }

  /** Draws rows again. */
  RowProof check(RowChoice choice) throws InterruptedException {
    try (Model loaded = Model.load(model);
        Engine engine = new Engine(loaded, config.engine());
        ChosenRows chosen =
            new ChosenRows(
                choice, store, manifest.shardFiles(), config.shardRows(), config.firstId())) {
      SampleRows rows =
          new SampleRows(
              SampleSettings.of(config, manifest.model().name()),
              prompts,
              loaded.tokenizer(),
              engine.maxPromptLength());
      Map<Long, Chosen> pending = new HashMap<>();
      engine.generate(
          chosen.map(
              row -> {
                long id = row.place().row();
                String error = rows.error(id);
                if (error != null) {
                  compare(chosen, row, rows.errorRow(id, error));
                  return null;
                }
                Prompt prompt = rows.prompt(id, row.place().split().offset());
                pending.put(prompt.streamId(), row);
                return prompt;
              }),
          config.generation(),
          sample -> {
            Chosen row = pending.remove(sample.streamId());
            compare(chosen, row, rows.row(row.place().row(), sample));
          },
          failure -> {
            Chosen row = pending.remove(failure.id());
            compare(chosen, row, rows.errorRow(row.place().row(), failure.reason()));
          });
      return chosen.proof(0);
    }
  }

  private void compare(ChosenRows chosen, Chosen row, SampleRow drawn) {
    if (!WrittenRows.of(drawn, config.sampleSchema(), row.parquet()).equals(row.line())) {
      chosen.defect(
          row,
          "is not what the model generates: "
              + row.line().substring(0, Math.min(row.line().length(), SHOWN)));
    }
  }
}
