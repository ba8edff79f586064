package scriptorium.job.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.GenerationConfig.BestOfBy;
import scriptorium.engine.sampling.SamplingConfig;
import scriptorium.job.config.GenerateOptions;

/** A setting of the engine that no constant has is found here, and one that options do not have. */
class SamplingSettingTest {
  private static final GenerationConfig ALL =
      new GenerationConfig(
          new SamplingConfig(0.9, 5, 0.3, 0.9, 0.1, 0.9, 1.2, 3, 2),
          10,
          List.of("!"),
          2,
          BestOfBy.SUM,
          7,
          false);

  private static Map<String, Object> recorded(GenerationConfig config) {
    Map<String, Object> settings = new LinkedHashMap<>();
    SamplingSetting.recordFirst(config, settings);
    SamplingSetting.recordLater(config, settings);
    SamplingSetting.recordBestOfBy(config, settings);
    return settings;
  }

  private static Object other(Object value) {
    return switch (value) {
      case Double number -> 0.9 * number + 0.02;
      case Integer number -> number + 1;
      case Long number -> number + 1;
      case List<?> list -> List.of(list.toString(), "?");
      case BestOfBy by -> by == BestOfBy.SUM ? BestOfBy.MEAN : BestOfBy.SUM;
      default -> throw new IllegalArgumentException("No other value of " + value.getClass());
    };
  }

  /** The record with another value of one component. */
  private static <R extends Record> R with(R record, RecordComponent changed) throws Exception {
    RecordComponent[] components = record.getClass().getRecordComponents();
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : components) {
      Object value = component.getAccessor().invoke(record);
      values.add(component.getName().equals(changed.getName()) ? other(value) : value);
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    @SuppressWarnings("unchecked")
    R copy = (R) record.getClass().getDeclaredConstructor(types).newInstance(values.toArray());
    return copy;
  }

  @Test
  void whatDecidesBytesIsInTheManifest() throws Exception {
    Map<String, Object> settings = recorded(ALL);
    for (RecordComponent component : SamplingConfig.class.getRecordComponents()) {
      GenerationConfig changed = ALL.withSampling(with(ALL.sampling(), component));
      assertNotEquals(settings, recorded(changed), component.getName());
    }
    for (RecordComponent component : GenerationConfig.class.getRecordComponents()) {
      if (!Set.of("sampling", "tokenDetails").contains(component.getName())) {
        assertNotEquals(settings, recorded(with(ALL, component)), component.getName());
      }
    }
  }

  private record Settings(Map<String, Object> values) implements SamplingSetting.Recorded {
    @Override
    public boolean has(String key) {
      return values.containsKey(key);
    }

    @Override
    public Number number(String key) {
      return (Number) values.get(key);
    }

    @Override
    public String text(String key) {
      return (String) values.get(key);
    }

    @Override
    public List<String> strings(String key) {
      return ((List<?>) values.get(key)).stream().map(String.class::cast).toList();
    }
  }

  private static GenerationConfig again(GenerationConfig config) {
    GenerateOptions options = new GenerateOptions();
    Settings settings = new Settings(recorded(config));
    for (SamplingSetting setting : SamplingSetting.values()) {
      options.set(setting, setting.option(settings));
    }
    return SamplingSetting.config(options::value, false);
  }

  @Test
  void optionsComeFromTheManifestAgain() throws Exception {
    assertEquals(ALL, again(ALL));
    GenerationConfig plain = SamplingSetting.config(new GenerateOptions()::value, false);
    assertEquals(plain, again(plain));
    for (RecordComponent component : SamplingConfig.class.getRecordComponents()) {
      GenerationConfig changed = ALL.withSampling(with(ALL.sampling(), component));
      assertEquals(changed, again(changed), component.getName());
    }
  }

  @Test
  void manifestsHaveTheOrderOfTheFirst() {
    assertEquals(
        "[temperature, topK, topPLow, topPHigh, maxNewTokens, seed, minP, typicalP,"
            + " repetitionPenalty, noRepeatNgram, minNewTokens, stop, bestOf, bestOfBy]",
        recorded(ALL).keySet().toString());
    GenerationConfig plain = SamplingSetting.config(new GenerateOptions()::value, false);
    assertEquals(
        "[temperature, topK, topPLow, topPHigh, maxNewTokens, seed]",
        recorded(plain).keySet().toString());
  }

  @Test
  void columnsOfPromptsAreFoundByName() {
    for (String name : SamplingSetting.columnNames()) {
      assertEquals(name, SamplingSetting.ofColumn(name).column().name());
    }
    assertThrows(IllegalArgumentException.class, () -> SamplingSetting.ofColumn("seed"));
    assertThrows(IllegalArgumentException.class, () -> SamplingSetting.ofColumn("top_q"));
  }

  @Command(name = "generate")
  private static final class Generate {
    @Mixin private final GenerateOptions options = new GenerateOptions();
  }

  @Test
  void everySettingIsAnOptionWithHelp() {
    Generate command = new Generate();
    GenerateOptions options = command.options;
    CommandLine line = new CommandLine(command);
    String help = line.getUsageMessage();
    for (SamplingSetting setting : SamplingSetting.values()) {
      assertTrue(help.contains(setting.optionName() + "=" + setting.optionLabel()), help);
      assertFalse(setting.optionHelp().isBlank(), setting.name());
    }
    String words = help.replaceAll("\\s+", " ");
    assertTrue(words.contains(String.join(", ", SamplingSetting.columnNames())), help);
    line.parseArgs("--top-k", "40", "--stop", "a", "--stop=b", "--top-p", "0.8..1.0", "--seed=7");
    assertEquals(40, options.value(SamplingSetting.TOP_K));
    assertEquals(List.of("a", "b"), options.value(SamplingSetting.STOP));
    assertEquals("0.8..1.0", options.value(SamplingSetting.TOP_P));
    assertEquals(7L, options.value(SamplingSetting.SEED));
    assertNull(options.value(SamplingSetting.MIN_P));
  }

  @Test
  void aValueOfAnotherTypeIsRefused() {
    GenerateOptions options = new GenerateOptions();
    String message =
        assertThrows(IllegalArgumentException.class, () -> options.set(SamplingSetting.TOP_K, 0.5))
            .getMessage();
    assertEquals(
        "Setting topK is 0.5 of the type Double: give a value of the type Integer", message);
    assertThrows(IllegalArgumentException.class, () -> options.set(SamplingSetting.STOP, "the"));
    assertEquals(7L, options.set(SamplingSetting.SEED, 7).value(SamplingSetting.SEED));
    assertEquals(
        1.0, options.set(SamplingSetting.TEMPERATURE, 1).value(SamplingSetting.TEMPERATURE));
    assertNull(options.set(SamplingSetting.SEED, null).value(SamplingSetting.SEED));
  }
}
