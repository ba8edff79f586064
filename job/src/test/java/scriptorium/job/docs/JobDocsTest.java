package scriptorium.job.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import scriptorium.engine.ApiDocs;

class JobDocsTest {
  @Test
  void saysWhatEveryPublicMemberIs() {
    Path home = Path.of(System.getProperty("scriptorium.home"));
    assertEquals(List.of(), ApiDocs.missing(home.resolve("job/src/main/java")));
  }
}
