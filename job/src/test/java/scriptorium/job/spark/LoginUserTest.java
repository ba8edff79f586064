package scriptorium.job.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The name of a user whom the machine has none for. */
class LoginUserTest {
  @TempDir Path folder;

  @Test
  void itIsWhatTheEnvironmentSaysElseTheNumber() throws Exception {
    Object uid = Files.getAttribute(folder, "unix:uid");
    assertEquals("uid" + uid, LoginUser.name(Map.of(), folder));
    assertEquals("uid" + uid, LoginUser.name(Map.of("HADOOP_USER_NAME", " "), folder));
    assertEquals("scriptorium", LoginUser.name(Map.of(), folder.resolve("none")));
    assertEquals("spark", LoginUser.name(Map.of("SPARK_USER", "spark"), folder));
    assertEquals(
        "me", LoginUser.name(Map.of("SPARK_USER", "spark", "HADOOP_USER_NAME", "me"), folder));
  }
}
