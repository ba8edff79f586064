package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A folder with a model that has a head, an MLP width, a vocabulary, an end of text and a
 * tokenizer.json of its own; make_finetuned.py made it, as safetensors and as GGUF.
 */
abstract class FinetunedModel {
  private static final Path RESOURCES = TestModels.home().resolve("engine/src/test/resources");
  static final List<String> SAFETENSORS =
      List.of("config.json", "model.safetensors", "tokenizer.json");
  @TempDir Path folder;
  JsonNode golden;

  @BeforeEach
  void copy() throws IOException {
    for (String file : SAFETENSORS) {
      Files.copy(RESOURCES.resolve("checkpoints/finetuned").resolve(file), folder.resolve(file));
    }
    golden =
        new ObjectMapper().readTree(RESOURCES.resolve("golden/finetuned.golden.json").toFile());
  }

  static Path gguf(String type) {
    return RESOURCES.resolve("checkpoints/finetuned/finetuned-" + type + ".gguf");
  }

  void config(String from, String to) throws IOException {
    replace(folder.resolve("config.json"), from, to);
  }

  static void replace(Path file, String from, String to) throws IOException {
    String content = Files.readString(file);
    assertTrue(content.contains(from), from);
    Files.writeString(
        file, content.replaceFirst(Pattern.quote(from), Matcher.quoteReplacement(to)));
  }

  void refuse(String expected) {
    String message =
        assertThrows(ModelException.class, () -> ModelFolder.open(folder)).getMessage();
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count(), message);
  }
}
