package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OptionsReferenceTest {
  @Test
  void thePageTellsTheOptionsOfToday() throws IOException {
    Path file = Path.of(System.getProperty("scriptorium.home"), "job/docs/options.md");
    String page = OptionsReference.page();
    if (Boolean.getBoolean("reference.update")) {
      Files.writeString(file, page);
    }
    assertEquals(page, Files.readString(file), "write it anew: -Dreference.update=true");
  }
}
