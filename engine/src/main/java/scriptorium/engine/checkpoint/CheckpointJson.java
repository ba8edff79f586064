package scriptorium.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import scriptorium.engine.text.StrictJson;

/**
 * The JSON of checkpoints: objects whose keys differ, nested and long no more than any GPT-2's.
 * Stateless, thread-safe.
 */
public final class CheckpointJson {
  /** A node takes some hundred bytes of heap where its file has two: 4096 layers fit. */
  private static final long TOKEN_LIMIT = 1 << 20;

  private static final ObjectMapper JSON = StrictJson.ofTokens(TOKEN_LIMIT);

  private CheckpointJson() {}

  /**
   * The object in a file.
   *
   * @param limit bytes that the file may have
   * @throws CheckpointException in one line, for a file that is missing, too long or no object
   */
  public static JsonNode read(Path file, int limit) {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(file + " is missing or no file: fetch the checkpoint again");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(limit + 1);
      if (content.length > limit) {
        throw new CheckpointException(
            file + " has more than " + limit + " bytes: no GPT-2's is so long, fetch it again");
      }
      return parse(file.toString(), content);
    } catch (IOException e) {
      throw new CheckpointException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * The object in bytes.
   *
   * @param what names them in messages
   */
  static JsonNode parse(String what, byte[] content) {
    JsonNode json;
    try {
      json = JSON.readTree(content);
    } catch (IOException e) {
      throw new CheckpointException(what + " is no valid JSON: fetch it again", e);
    }
    if (!json.isObject()) {
      throw new CheckpointException(what + " holds no JSON object: fetch it again");
    }
    return json;
  }
}
