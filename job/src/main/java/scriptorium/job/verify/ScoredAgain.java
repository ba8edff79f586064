package scriptorium.job.verify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.TextScore;
import scriptorium.engine.generation.Sample;
import scriptorium.engine.tokenizer.BytePairTokenizer;
import scriptorium.job.base.UserException;
import scriptorium.job.config.JobConfig;
import scriptorium.job.config.ScoreConfig;
import scriptorium.job.row.InputColumns;
import scriptorium.job.row.InputRow;
import scriptorium.job.row.RowSchema;
import scriptorium.job.row.ScoreColumn;
import scriptorium.job.run.RecordedRun;

/**
 * What is scored of a written row, and what its columns must then hold: of a scored row the text or
 * token ids that it was scored by, of a generated one its token ids. Immutable.
 */
abstract class ScoredAgain {
  private final EngineOptions engine;
  private final int shardRows;
  private final ScoringConfig scoring;

  private ScoredAgain(EngineOptions engine, int shardRows, ScoringConfig scoring) {
    this.engine = engine;
    this.shardRows = shardRows;
    this.scoring = scoring;
  }

  /**
   * That of a data set.
   *
   * @throws UserException for generated rows that hold no token ids
   */
  static ScoredAgain of(RecordedRun run, String name) {
    if (!run.generated()) {
      return new Scores(run.score(), run.schema());
    }
    JobConfig config = run.generate();
    if (!config.tokenColumns()) {
      throw new UserException(
          "Data set "
              + name
              + " has no token ids (it was made without --token-columns), and a text alone does not determine its tokens: prove its rows by --regenerate");
    }
    return new Samples(config);
  }

  final EngineOptions engine() {
    return engine;
  }

  final int shardRows() {
    return shardRows;
  }

  final ScoringConfig scoring() {
    return scoring;
  }

  /** What is scored of a row that is as its schema says. */
  abstract InputRow input(ObjectNode row, boolean parquet);

  /** What columns of a row must hold, by their names in it: numbers, texts, arrays, null. */
  abstract Map<String, Object> expected(
      TextScore score, ObjectNode row, long bytes, BytePairTokenizer tokenizer);

  /** Rows of {@code score}. */
  private static final class Scores extends ScoredAgain {
    private final ScoreConfig config;
    private final RowSchema schema;

    Scores(ScoreConfig config, RowSchema schema) {
      super(config.engine(), config.shardRows(), config.scoring());
      this.config = config;
      this.schema = schema;
    }

    @Override
    InputRow input(ObjectNode row, boolean parquet) {
      ObjectNode input = schema.input(row);
      return parquet ? config.inputColumns().fromTable(input) : config.inputColumns().row(input);
    }

    @Override
    Map<String, Object> expected(
        TextScore score, ObjectNode row, long bytes, BytePairTokenizer tokenizer) {
      Map<String, Object> expected = new LinkedHashMap<>();
      for (ScoreColumn column : config.columns()) {
        expected.put(schema.name(row, column), column.value(score, bytes));
      }
      return expected;
    }
  }

  /** Rows of {@code generate} with their token ids. */
  private static final class Samples extends ScoredAgain {
    private static final List<ScoreColumn> COLUMNS =
        List.of(
            ScoreColumn.LOG_LIKELIHOOD,
            ScoreColumn.TOKEN_LOG_LIKELIHOODS,
            ScoreColumn.TOKEN_RANKS,
            ScoreColumn.TOKEN_ENTROPIES);

    private final InputColumns columns;
    private final JobConfig config;

    Samples(JobConfig config) {
      super(config.engine(), config.shardRows(), new ScoringConfig(0, true));
      this.config = config;
      columns = new InputColumns("text", "tokens", config.prompts() == null ? null : "prompt");
    }

    @Override
    InputRow input(ObjectNode row, boolean parquet) {
      return columns.row(row);
    }

    @Override
    Map<String, Object> expected(
        TextScore score, ObjectNode row, long bytes, BytePairTokenizer tokenizer) {
      int[] tokens = score.tokens();
      boolean ended = tokens.length > 0 && tokens[tokens.length - 1] == tokenizer.endOfText();
      int length = tokens.length - (ended ? 1 : 0);
      Map<String, Object> expected = new LinkedHashMap<>();
      expected.put("ended", ended);
      expected.put("length", length);
      Sample.Stop stop = Sample.Stop.in(tokens, length, stops(row), tokenizer);
      expected.put("text", Sample.text(tokens, length, stop, tokenizer));
      if (config.sampleSchema().stoppedBy()) {
        expected.put("stopped_by", stop == null ? null : stop.string());
      }
      for (ScoreColumn column : COLUMNS) {
        expected.put(column.columnName(), column.value(score, bytes));
      }
      return expected;
    }

    /** The stop strings of a row: its own, where it has a column of them. */
    private List<String> stops(ObjectNode row) {
      if (!row.hasNonNull("stop")) {
        return config.generation().stops();
      }
      List<String> stops = new ArrayList<>();
      row.get("stop").forEach(stop -> stops.add(stop.textValue()));
      return stops;
    }
  }
}
