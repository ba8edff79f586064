package scriptorium.job.row;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Which columns the rows of a data set have.
 *
 * @param openAi exactly those of the released gpt-2-output-dataset
 * @param prompts with prompt, prompt_id, sample and error
 * @param topP with top_p
 * @param tokenColumns with the arrays of one element a token
 * @param stoppedBy with stopped_by
 * @param settings names of the settings that prompts have of their own, but for top_p
 */
public record SampleSchema(
    boolean openAi,
    boolean prompts,
    boolean topP,
    boolean tokenColumns,
    boolean stoppedBy,
    List<String> settings)
    implements Serializable {
  /** Without stop strings and settings of the prompts' own. */
  public SampleSchema(boolean openAi, boolean prompts, boolean topP, boolean tokenColumns) {
    this(openAi, prompts, topP, tokenColumns, false, List.of());
  }

  /** A column's name, its type in words, what it means. */
  public record Column(String name, String type, String meaning) implements Serializable {}

  /** The columns in their order. */
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(
        new Column("id", "long", "the row's number in its split, from the first id (0) on"));
    columns.add(
        new Column("ended", "boolean", "the end token was drawn before the maximum length"));
    columns.add(new Column("length", "int", "new tokens, the end token not counted"));
    columns.add(
        new Column(
            "text",
            "string",
            "the new tokens decoded; invalid UTF-8 at the cut is U+FFFD"
                + (stoppedBy ? "; cut before the stop string" : "")));
    if (openAi) {
      return columns;
    }
    columns.add(
        new Column(
            "log_likelihood",
            "double",
            "sum of ln p of the new tokens, the end token included when drawn, under the model"
                + " itself; nats"));
    columns.add(
        new Column(
            "sampling_log_likelihood",
            "double",
            "the same sum under the distribution drawn from; nats"));
    if (prompts) {
      columns.add(new Column("prompt", "string", "the prompt"));
      columns.add(new Column("prompt_id", "long", "row of the prompt in its file, from 0"));
      columns.add(new Column("sample", "int", "which of the prompt's samples, from 0"));
    }
    if (topP) {
      columns.add(new Column("top_p", "double", "the row's own top-p"));
    }
    for (String name : settings) {
      columns.add(SamplingSetting.ofColumn(name).column());
    }
    if (stoppedBy) {
      columns.add(
          new Column("stopped_by", "string", "the stop string that ended the row; null for none"));
    }
    columns.add(new Column("model", "string", "name of the model"));
    columns.add(new Column("synthetic", "boolean", "always true: written by a machine"));
    if (tokenColumns) {
      columns.add(
          new Column(
              "tokens", "array of int", "the new tokens, the end token included when drawn"));
      columns.add(
          new Column(
              "token_log_likelihoods",
              "array of double",
              "ln p of each under the model itself; nats"));
      columns.add(
          new Column(
              "token_sampling_log_likelihoods",
              "array of double",
              "ln p of each under the distribution drawn from; nats"));
      columns.add(new Column("token_ranks", "array of int", "1 + tokens with a larger logit"));
      columns.add(
          new Column(
              "token_entropies",
              "array of double",
              "entropy of the model's distribution at each token; nats"));
    }
    if (prompts) {
      columns.add(
          new Column("error", "string", "why a row could not be generated; null in good rows"));
    }
    return columns;
  }

  /** The values of a row in the order of the columns. */
  public Object[] values(SampleRow row) {
    return columns().stream().map(column -> value(row, column.name())).toArray();
  }

  private static Object value(SampleRow row, String column) {
    return switch (column) {
      case "id" -> row.id();
      case "ended" -> row.ended();
      case "length" -> row.length();
      case "text" -> row.text();
      case "log_likelihood" -> row.logLikelihood();
      case "sampling_log_likelihood" -> row.samplingLogLikelihood();
      case "prompt" -> row.prompt();
      case "prompt_id" -> row.promptId();
      case "sample" -> row.sample();
      case "top_p" -> row.topP();
      case "stopped_by" -> row.stoppedBy();
      case "model" -> row.model();
      case "synthetic" -> true;
      case "tokens" -> row.tokens();
      case "token_log_likelihoods" -> row.tokenLogLikelihoods();
      case "token_sampling_log_likelihoods" -> row.tokenSamplingLogLikelihoods();
      case "token_ranks" -> row.tokenRanks();
      case "token_entropies" -> row.tokenEntropies();
      case "error" -> row.error();
      default ->
          row.settings() == null ? null : SamplingSetting.ofColumn(column).value(row.settings());
    };
  }
}
