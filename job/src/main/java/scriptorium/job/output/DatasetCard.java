package scriptorium.job.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import scriptorium.engine.text.OneLine;
import scriptorium.job.base.DataSetFiles;
import scriptorium.job.row.SampleSchema;
import scriptorium.job.store.Manifest;

/** The README.md of a data set, in the form that the Hugging Face hub reads. */
public final class DatasetCard {
  /** Name of the card in a data set's folder. */
  public static final String FILE = DataSetFiles.CARD;

  private DatasetCard() {}

  /** The card's text. */
  public static String text(Manifest manifest, SampleSchema schema) {
    StringBuilder card = new StringBuilder(4096);
    card.append(
        "---\nlicense: other\nlanguage: en\ntask_categories:\n- text-generation\ntags:\n- synthetic\n- gpt2\n");
    appendFiles(card, manifest);
    card.append("---\n# ").append(manifest.name()).append("\n");
    card.append("**Synthetic text**: every row was written by a machine, the language model ")
        .append(manifest.model().name());
    card.append(". Label it so wherever it is shown; it must not pass for human text.\n\n");
    card.append("Made with Scriptorium ")
        .append(manifest.code().version())
        .append(" (")
        .append(manifest.code().commit());
    card.append("), numerics version ")
        .append(manifest.numericsVersion())
        .append(".\n\n## Counts\n");
    card.append(
        "| split | rows | shards | tokens | ended by the end token | error rows |\n|---|---|---|---|---|---|\n");
    for (Manifest.Split split : manifest.splits()) {
      Manifest.Totals part =
          Manifest.Totals.of(
              manifest.shards().stream()
                  .filter(shard -> shard.split().equals(split.name()))
                  .toList());
      card.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %d | %d | %d | %d |%n",
              split.name(),
              part.rows(),
              part.shards(),
              part.tokens(),
              part.ended(),
              part.errors()));
    }
    appendColumns(card, schema.columns());
    appendSettings(card, manifest);
    appendSampling(card, manifest.settings());
    card.append(
        "\nThe rows are a function of weights, tokenizer, settings, seed and prompts alone: the same command writes the same\n");
    card.append(
        "bytes on any cluster. `manifest.json` has the SHA-256 of every shard.\n\n## Caveats\n");
    card.append(
        "GPT-2 repeats the biases and factual errors of its training text, and its samples may be offensive or untrue.\n");
    return card.toString();
  }

  /** Columns and what they mean, as a table. */
  public static void appendColumns(StringBuilder card, List<SampleSchema.Column> columns) {
    card.append("\n## Columns\n| column | type | meaning |\n|---|---|---|\n");
    for (SampleSchema.Column column : columns) {
      card.append("| ")
          .append(column.name())
          .append(" | ")
          .append(column.type())
          .append(" | ")
          .append(column.meaning())
          .append(" |\n");
    }
  }

  /** Size and files, as the hub reads them. */
  public static void appendFiles(StringBuilder card, Manifest manifest) {
    card.append("size_categories:\n- ")
        .append(size(manifest.splits().stream().mapToLong(Manifest.Split::rows).sum()))
        .append("\nconfigs:\n- config_name: default\n  data_files:\n");
    for (Manifest.Split split : manifest.splits()) {
      card.append("  - split: ")
          .append(hubName(split.name()))
          .append("\n    path: \"")
          .append(split.folder())
          .append("/*.")
          .append(manifest.settings().get("format"))
          .append("\"\n");
    }
  }

  /** The files that were read, as rows of a table. */
  public static void appendInputs(StringBuilder card, Manifest manifest) {
    for (Manifest.Input input : manifest.inputs().files()) {
      card.append("| ")
          .append(input.file())
          .append(" | ")
          .append(input.rows())
          .append(" | ")
          .append(input.sha256())
          .append(" | ")
          .append(input.error() == null ? "" : input.error())
          .append(" |\n");
    }
  }

  /** Settings and hashes that decide bytes, as a table. */
  public static void appendSettings(StringBuilder card, Manifest manifest) {
    card.append("\n## Settings\n| setting | value |\n|---|---|\n");
    for (Map.Entry<String, Object> setting : manifest.settings().entrySet()) {
      card.append("| ")
          .append(setting.getKey())
          .append(" | ")
          .append(words(setting.getValue()))
          .append(" |\n");
    }
    if (manifest.model() == null) {
      return;
    }
    card.append("| weights, SHA-256 | ").append(manifest.model().weightsSha256()).append(" |\n");
    card.append("| tokenizer, SHA-256 | ")
        .append(manifest.model().tokenizerSha256())
        .append(" |\n");
  }

  /** A value of a table's cell: lists as JSON, whose strings are in one line. */
  private static String words(Object value) {
    if (!(value instanceof List<?> list)) {
      return String.valueOf(value);
    }
    try {
      return OneLine.of(new ObjectMapper().writeValueAsString(list)).replace("|", "\\|");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Settings are lists of strings", e);
    }
  }

  /** What readers of likelihoods must know about the settings that are on. */
  private static void appendSampling(StringBuilder card, Map<String, Object> settings) {
    Object bestOf = settings.get("bestOf");
    if (bestOf != null) {
      card.append("\nOf ")
          .append(bestOf)
          .append(
              " candidates drawn for each row, the likeliest under the model was kept; sampling_log_likelihood is that of drawing it,\nnot of choosing it.\n");
    }
    if (settings.get("stop") != null || promptSettings(settings).contains("stop")) {
      card.append(
          "\nA stop string ends a row; the text is cut before it, while length, likelihoods and tokens count all tokens that were drawn.\n");
    }
    if (!promptSettings(settings).isEmpty()) {
      card.append("\nThe settings ")
          .append(String.join(", ", promptSettings(settings)))
          .append(" are taken from the row's columns, if it has them.\n");
    }
  }

  private static List<String> promptSettings(Map<String, Object> settings) {
    return settings.get("promptSettings") instanceof List<?> names
        ? names.stream().map(String::valueOf).toList()
        : List.of();
  }

  private static String hubName(String split) {
    return split.equals("valid") ? "validation" : split;
  }

  static String size(long rows) {
    String[] names = {
      "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "n>1T"
    };
    int at = 0;
    for (long limit = 1000; rows >= limit && at < names.length - 1; limit *= 10) {
      at++;
    }
    return names[at];
  }
}
