package scriptorium.job.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import scriptorium.job.base.BuildInfo;

/** The list of changes begins with the version that is built. */
class ChangesTest {
  @Test
  void theFirstEntryIsThisVersion() throws IOException {
    Path changes = Path.of(System.getProperty("scriptorium.home"), "job", "CHANGES.md");
    String first =
        Files.readAllLines(changes).stream()
            .filter(line -> line.startsWith("## "))
            .findFirst()
            .orElse("");
    assertEquals("## " + BuildInfo.version(), first);
  }
}
