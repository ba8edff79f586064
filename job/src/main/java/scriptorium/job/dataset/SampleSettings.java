package scriptorium.job.dataset;

import java.io.Serializable;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.job.base.UserException;
import scriptorium.job.config.JobConfig;
import scriptorium.job.row.SampleSchema;

/** How the rows of a run are drawn and written, small enough to travel with a task. Immutable. */
public record SampleSettings(
    SampleSchema schema,
    GenerationConfig generation,
    String modelName,
    int shardRows,
    int samplesPerPrompt,
    long firstId,
    boolean failOnBadRow)
    implements Serializable {
  /**
   * Refuses to draw more tokens than a model's context has, of which no row could have so many.
   *
   * @throws UserException with the context
   */
  public static void check(GenerationConfig generation, int context) {
    if (generation.maxNewTokens() > context) {
      throw new UserException(
          "Max new tokens "
              + generation.maxNewTokens()
              + " is above the model's context: give at most "
              + context
              + ", or leave it out for the whole context");
    }
  }

  /** The settings of a resolved run whose model has a name. */
  public static SampleSettings of(JobConfig config, String modelName) {
    return new SampleSettings(
        config.sampleSchema(),
        config.generation(),
        modelName,
        config.shardRows(),
        config.samplesPerPrompt(),
        config.firstId(),
        config.failOnBadRow());
  }
}
