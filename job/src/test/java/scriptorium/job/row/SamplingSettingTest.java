package scriptorium.job.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import picocli.CommandLine.Option;
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
      options.set(setting.key(), setting.option(settings));
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
  void helpNamesEveryColumnOfPrompts() throws Exception {
    Option option = GenerateOptions.class.getField("promptSettings").getAnnotation(Option.class);
    for (String name : SamplingSetting.columnNames()) {
      assertTrue(option.description()[0].contains(name), name);
      assertEquals(name, SamplingSetting.ofColumn(name).column().name());
    }
    assertThrows(IllegalArgumentException.class, () -> SamplingSetting.ofColumn("seed"));
    assertThrows(IllegalArgumentException.class, () -> SamplingSetting.ofColumn("top_q"));
  }
}
