package scriptorium.job.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.job.testing.Messages.assertOneLine;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import scriptorium.job.base.UserException;
import scriptorium.job.row.PromptSettings;

/**
 * The same values are refused from every source of settings: options, presets, settings of SQL and
 * columns of prompts.
 */
class SettingSourcesTest {
  @TempDir Path folder;

  @Command
  private static final class Line {
    @Mixin private GenerateOptions options;
  }

  private static void ofLine(String key, String value) {
    Line line = new Line();
    String option = "--" + words(key, "-");
    new CommandLine(line).parseArgs(option + "=" + value);
    JobConfig.of(line.options, new GenerateOptions());
  }

  private void ofPreset(String json) throws Exception {
    Path file = Files.writeString(folder.resolve("preset.json"), json);
    JobConfig.of(new GenerateOptions(), Presets.read(file.toString(), GenerateOptions.class));
  }

  private static void ofSql(String key, String value) {
    JobConfig.of(
        Presets.read(Map.of(key, value), "spark.scriptorium.", GenerateOptions.class),
        new GenerateOptions());
  }

  private static void ofPrompt(String key, String json) throws Exception {
    String column = words(key, "_");
    JobConfig general = JobConfig.of(new GenerateOptions(), new GenerateOptions());
    new PromptSettings(List.of(column), general.generation())
        .config(new ObjectMapper().readTree("{\"" + column + "\":" + json + "}"));
  }

  private static String words(String key, String between) {
    return Pattern.compile("[A-Z]")
        .matcher(key)
        .replaceAll(letter -> between + letter.group().toLowerCase(java.util.Locale.ROOT));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature|-1|Temperature -1.0 is not in 0..1000: give 1 for the model's own",
        "temperature|1e300|Temperature 1.0E300 is not in 0..1000",
        "temperature|1e-300|Temperature 1.0E-300 is below",
        "temperature|1e-40|Temperature 1.0E-40 is below",
        "topP|0|Top-p 0.0 is not within (0, 1]: give 1 to keep every token",
        "topP|1.5|Top-p 1.5 is not within (0, 1]",
        "topP|-1e-300|Top-p -1.0E-300 is not within (0, 1]",
        "minP|-0.1|Min-p -0.1 is not in 0..1",
        "minP|1e300|Min-p 1.0E300 is not in 0..1",
        "typicalP|0|Typical-p 0.0 is not within (0, 1]",
        "repetitionPenalty|0|Repetition penalty 0.0 is not in 0.01..100",
        "repetitionPenalty|1e300|Repetition penalty 1.0E300 is not in 0.01..100",
        "noRepeatNgram|-1|No-repeat n-gram -1 is negative",
        "minNewTokens|-1|Min new tokens -1 is negative",
      })
  void aValueOutOfRangeHasTheSameWordsFromEverySource(String key, String value, String told) {
    refused(told, () -> ofLine(key, value));
    refused(told, () -> ofPreset("{\"" + key + "\":" + value + "}"));
    refused(told, () -> ofSql(key, value));
    refused(told, () -> ofPrompt(key, value));
  }

  @ParameterizedTest
  @ValueSource(strings = {"temperature", "minP", "typicalP", "repetitionPenalty", "topP"})
  void numbersThatAreNotFiniteAreRefused(String key) {
    for (String value : List.of("NaN", "Infinity", "-Infinity")) {
      refused(value, () -> ofLine(key, value));
      refused(value, () -> ofPreset("{\"" + key + "\":\"" + value + "\"}"));
      refused("is not valid: ", () -> ofPreset("{\"" + key + "\":" + value + "}"));
      refused(value, () -> ofSql(key, value));
      refused("no number", () -> ofPrompt(key, "\"" + value + "\""));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"topK", "maxNewTokens", "noRepeatNgram", "minNewTokens"})
  void whatIsNoWholeNumberIsRefused(String key) {
    for (String value : List.of("40.7", "2147483648", "1e300", "true", "\"\"", "[1]")) {
      String bare = value.replace("\"", "");
      assertThrows(CommandLine.ParameterException.class, () -> ofLine(key, bare), value);
      refused("is not valid: " + key + ": ", () -> ofPreset("{\"" + key + "\":" + value + "}"));
      refused("has the wrong type", () -> ofSql(key, bare));
      refused("no whole number", () -> ofPrompt(key, value));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"temperature\":\"\"}",
        "{\"temperature\":true}",
        "{\"seed\":1.5}",
        "{\"count\":\"\"}",
        "{\"merge\":1}",
        "{\"merge\":\"\"}",
        "{\"stop\":\"a\"}",
        "{\"topk\":40}",
        "{\"TopK\":40}",
        "{\"top_k\":40}",
        "{\"topK\":40,\"topK\":40}",
      })
  void presetsOfOtherTypesOrKeysAreRefused(String json) {
    refused("Preset ", () -> ofPreset(json));
  }

  @org.junit.jupiter.api.Test
  void emptyStopStringsAreRefused() {
    String told = "Stop string 1 is empty or no valid Unicode";
    refused(told, () -> ofLine("stop", ""));
    refused(told, () -> ofPreset("{\"stop\":[\"\"]}"));
    refused(told, () -> ofSql("stop", ""));
    refused(told, () -> ofPrompt("stop", "\"\""));
  }

  /** A thing that may throw anything. */
  private interface Source {
    void read() throws Exception;
  }

  private static void refused(String told, Source source) {
    RuntimeException e = assertThrows(RuntimeException.class, source::read);
    assertTrue(
        e instanceof UserException || e.getClass() == IllegalArgumentException.class, "" + e);
    assertTrue(e.getMessage().contains(told), e.getMessage());
    assertOneLine(e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }
}
