package scriptorium.job.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import scriptorium.engine.Engine;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.Sample;
import scriptorium.job.base.MappedIterator;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.JobConfig;
import scriptorium.job.input.PromptTable;
import scriptorium.job.row.SampleRow;
import scriptorium.job.row.SampleSchema;

/**
 * Samples of prompts that come with their ids instead of in a file: prompt number i of a file, and
 * a prompt with the id i, have the same samples. Immutable.
 */
public final class PromptSampler implements Serializable {
  private static final long serialVersionUID = 1;
  private static final String GIVEN = "given";

  private final SampleSettings settings;

  /** A prompt; its text is null where samples have none, or where it is missing. */
  public record Numbered(long id, String text) {}

  /**
   * A sampler.
   *
   * @param options as those of {@code generate}; what says where rows come from or go to is not
   *     read
   * @param prompted whether there are prompts at all
   * @throws UserException for an invalid value
   */
  public PromptSampler(GenerateOptions options, boolean prompted, String modelName) {
    settings = SampleSettings.of(config(options, prompted), modelName);
  }

  /** The resolved options. */
  static JobConfig config(GenerateOptions options, boolean prompted) {
    GenerateOptions own = new GenerateOptions().or(options);
    own.count = null;
    own.firstId = null;
    own.split = null;
    own.promptSettings = null;
    own.prompts = prompted ? GIVEN : null;
    own.name = GIVEN;
    return JobConfig.of(own, new GenerateOptions());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PromptSampler sampler && settings.equals(sampler.settings);
  }

  @Override
  public int hashCode() {
    return settings.hashCode();
  }

  /** The columns of the rows. */
  SampleSchema schema() {
    return settings.schema();
  }

  /**
   * The rows of some prompts: all samples of the first, then those of the second; each as the
   * values of its columns.
   *
   * @throws OutputException for an id that names no random stream, and for a prompt that cannot be
   *     used where the options say so
   */
  List<Object[]> rows(Engine engine, List<Numbered> prompts) throws InterruptedException {
    List<Object[]> rows = new ArrayList<>();
    List<SampleRow> samples = samples(engine, prompts);
    boolean prompted = settings.schema().prompts();
    int id = column("id");
    int promptId = prompted && !settings.schema().openAi() ? column("prompt_id") : -1;
    for (int i = 0; i < samples.size(); i++) {
      Object[] row = settings.schema().values(samples.get(i));
      long prompt = prompts.get(i / settings.samplesPerPrompt()).id();
      row[id] = prompt * settings.samplesPerPrompt() + i % settings.samplesPerPrompt();
      if (promptId >= 0) {
        row[promptId] = prompt;
      }
      rows.add(row);
    }
    return rows;
  }

  private int column(String name) {
    return settings.schema().columns().stream()
        .map(SampleSchema.Column::name)
        .toList()
        .indexOf(name);
  }

  /** The same as records, whose ids are places in this list. */
  public List<SampleRow> samples(Engine engine, List<Numbered> prompts)
      throws InterruptedException {
    prompts.forEach(this::check);
    PromptTable table =
        settings.schema().prompts()
            ? PromptTable.of(prompts.stream().map(Numbered::text).toList())
            : null;
    Batch batch =
        new Batch(
            prompts,
            new SampleRows(settings, table, engine.model().tokenizer(), engine.maxPromptLength()));
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      left.add(i);
    }
    while (!left.isEmpty()) {
      left = batch.generate(engine, left);
    }
    return Arrays.asList(batch.done);
  }

  private void check(Numbered prompt) {
    int samples = settings.samplesPerPrompt();
    long most = (Long.MAX_VALUE - (samples - 1)) / samples;
    if (prompt.id() < 0 || prompt.id() > most) {
      throw new OutputException(
          "Row id " + prompt.id() + " names no random stream: give ids in 0.." + most);
    }
  }

  /** Prompts in work. */
  private final class Batch {
    private final List<Numbered> prompts;
    private final SampleRows rows;
    private final SampleRow[] done;

    Batch(List<Numbered> prompts, SampleRows rows) {
      this.prompts = prompts;
      this.rows = rows;
      done = new SampleRow[prompts.size() * settings.samplesPerPrompt()];
    }

    /** Generates for all prompts but those whose id another one has; returns these. */
    List<Integer> generate(Engine engine, List<Integer> chosen) throws InterruptedException {
      Set<Long> ids = new HashSet<>();
      List<Integer> again = new ArrayList<>();
      List<Integer> now = new ArrayList<>();
      for (int i : chosen) {
        (ids.add(prompts.get(i).id()) ? now : again).add(i);
      }
      int samples = settings.samplesPerPrompt();
      Map<Long, Integer> places = new HashMap<>();
      engine.generate(
          new MappedIterator<>(
              LongStream.range(0, (long) now.size() * samples).iterator(),
              i -> prompt(now.get((int) (i / samples)) * samples + (int) (i % samples), places)),
          settings.generation(),
          sample -> finished(places.remove(sample.streamId()), sample),
          failure -> bad(places.remove(failure.id()), failure.id(), failure.reason()));
      return again;
    }

    /** The prompt of a place; null for one that cannot be used and is done. */
    private Prompt prompt(int place, Map<Long, Integer> places) {
      String error = rows.error(place);
      int samples = settings.samplesPerPrompt();
      long id = prompts.get(place / samples).id() * samples + place % samples;
      if (error == null) {
        places.put(id, place);
        return rows.prompt(place, id - place);
      }
      bad(place, id, error);
      return null;
    }

    private void bad(int place, long id, String error) {
      if (settings.failOnBadRow()) {
        throw new OutputException("Row " + id + ": " + error + " (--on-bad-row record goes on)");
      }
      done[place] = rows.errorRow(place, error);
    }

    private void finished(int place, Sample sample) {
      done[place] = rows.row(place, sample);
    }
  }
}
