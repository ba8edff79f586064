package scriptorium.job.dataset;

import java.io.Serializable;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.job.config.JobConfig;
import scriptorium.job.row.SampleSchema;

/** How the rows of a run are drawn and written, small enough to travel with a task. Immutable. */
public record SampleSettings(
    SampleSchema schema,
    GenerationConfig generation,
    String modelName,
    int shardRows,
    int samplesPerPrompt,
    boolean failOnBadRow)
    implements Serializable {
  /** The settings of a resolved run whose model has a name. */
  public static SampleSettings of(JobConfig config, String modelName) {
    return new SampleSettings(
        config.sampleSchema(),
        config.generation(),
        modelName,
        config.shardRows(),
        config.samplesPerPrompt(),
        config.failOnBadRow());
  }
}
