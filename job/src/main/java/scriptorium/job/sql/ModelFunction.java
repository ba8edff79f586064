package scriptorium.job.sql;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.ScoringText;
import scriptorium.engine.TextScore;
import scriptorium.engine.generation.RowFailure;
import scriptorium.job.base.UserException;
import scriptorium.job.broadcast.BroadcastModel;
import scriptorium.job.broadcast.Shared;
import scriptorium.job.dataset.PromptSampler;
import scriptorium.job.dataset.PromptSampler.Numbered;
import scriptorium.job.row.SampleRow;

/**
 * A function of SQL that needs the model, as it travels to the tasks: it makes values of rows of
 * arguments, none of them null, some at a time. Equal ones give equal values.
 */
sealed interface ModelFunction extends Serializable {
  /** Where a task gets its engine from. */
  record OnExecutor(Shared<BroadcastModel> model, EngineOptions options) implements Serializable {
    Engine acquire() {
      return model.value().acquire(options);
    }
  }

  /** Where the engine comes from. */
  OnExecutor engine();

  /** The values of some rows, in their order. */
  List<Object> values(Engine engine, List<Object[]> rows) throws InterruptedException;

  /**
   * The log-likelihood of a text, nats.
   *
   * @param stride tokens between windows of a text longer than the context, 0 for the context
   * @param failOnBadRow whether a text whose logits are not finite ends the query; otherwise its
   *     value is null
   */
  record LogLikelihood(OnExecutor engine, int stride, boolean failOnBadRow)
      implements ModelFunction {
    @Override
    public List<Object> values(Engine engine, List<Object[]> rows) throws InterruptedException {
      List<ScoringText> texts = new ArrayList<>();
      for (Object[] row : rows) {
        int[] tokens = engine.model().tokenizer().encode((String) row[0]);
        texts.add(new ScoringText(texts.size(), new int[0], tokens));
      }
      Object[] values = new Object[rows.size()];
      new Scorer(engine, new ScoringConfig(stride, false))
          .score(
              texts.iterator(),
              (TextScore score) -> values[(int) score.id()] = score.logLikelihood(),
              this::bad,
              tokens -> {});
      return Arrays.asList(values);
    }

    private void bad(RowFailure failure) {
      if (failOnBadRow) {
        throw new UserException(
            "A text cannot be scored: "
                + failure.reason()
                + " (spark.scriptorium.onBadRow null gives null)");
      }
    }
  }

  /** The ids of a text's tokens. */
  record Tokens(OnExecutor engine) implements ModelFunction {
    @Override
    public List<Object> values(Engine engine, List<Object[]> rows) {
      List<Object> values = new ArrayList<>();
      for (Object[] row : rows) {
        values.add(engine.model().tokenizer().encode((String) row[0]));
      }
      return values;
    }
  }

  /** How many tokens a text has. */
  record TokenCount(OnExecutor engine) implements ModelFunction {
    @Override
    public List<Object> values(Engine engine, List<Object[]> rows) {
      List<Object> values = new Tokens(this.engine).values(engine, rows);
      values.replaceAll(tokens -> ((int[]) tokens).length);
      return values;
    }
  }

  /**
   * A sample of a prompt, from the random stream that an id names.
   *
   * @param failOnBadRow whether a prompt or id that cannot be used ends the query, and not null is
   *     the value
   */
  record Generate(OnExecutor engine, PromptSampler sampler, boolean failOnBadRow)
      implements ModelFunction {
    @Override
    public List<Object> values(Engine engine, List<Object[]> rows) throws InterruptedException {
      List<Numbered> prompts = new ArrayList<>();
      List<Integer> places = new ArrayList<>();
      List<Object> values = new ArrayList<>();
      for (Object[] row : rows) {
        long id = (Long) row[1];
        if (id < 0) {
          values.add(bad(id, "it names no random stream, ids begin at 0"));
        } else {
          places.add(values.size());
          prompts.add(new Numbered(id, (String) row[0]));
          values.add(null);
        }
      }
      List<SampleRow> samples = sampler.samples(engine, prompts);
      for (int i = 0; i < places.size(); i++) {
        SampleRow sample = samples.get(i);
        values.set(
            places.get(i),
            sample.error() == null ? sample.text() : bad(prompts.get(i).id(), sample.error()));
      }
      return values;
    }

    private Object bad(long id, String error) {
      if (failOnBadRow) {
        throw new UserException(
            "Row id " + id + ": " + error + " (spark.scriptorium.onBadRow null gives null)");
      }
      return null;
    }
  }
}
