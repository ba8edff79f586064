package scriptorium.job.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.hadoop.fs.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Colons in names of files. */
class UserPathTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/b:c",
        "./a:b",
        "/a:b/c",
        "file:/a:b",
        "hdfs://host:9000/a",
        "s3a://bucket/a:b",
        "a b"
      })
  void pathsAndAddressesAreAsHadoopReadsThem(String text) {
    assertEquals(new Path(text), UserPath.of(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:b", "x:y.jsonl", "s3a:bucket/a", "2026-01-01T10:00/out", "a:"})
  void whatOnlyBeginsAsAnAddressIsRefusedWithTheWayOut(String text) {
    UserException refused = assertThrows(UserException.class, () -> UserPath.of(text));
    assertTrue(refused.getMessage().contains("give ./" + text), refused.getMessage());
    assertEquals("/here/" + text, "/here/" + UserPath.of("./" + text).toString().substring(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:b.html", "plain", "a/b:c"})
  void aFileInAFolderMayHaveAColon(String name) {
    assertEquals("file:/x:y/" + name, UserPath.in(new Path("file:/x:y"), name).toString());
  }
}
