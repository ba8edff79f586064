package scriptorium.job.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links between the pages of the project lead somewhere. */
class DocsLinksTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)[^)]*\\)");

  @Test
  void everyLinkedFileIsThere() throws IOException {
    Path home = Path.of(System.getProperty("scriptorium.home"));
    List<String> missing = new ArrayList<>();
    int links = 0;
    for (Path page : pages(home)) {
      Matcher matcher = LINK.matcher(Files.readString(page));
      while (matcher.find()) {
        String link = matcher.group(1);
        if (!link.contains("://")) {
          links++;
          if (!Files.exists(page.resolveSibling(link))) {
            missing.add(home.relativize(page) + ": " + link);
          }
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(links > 40, String.valueOf(links));
  }

  private static List<Path> pages(Path home) throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      return files
          .filter(file -> file.toString().endsWith(".md"))
          .filter(file -> !home.relativize(file).toString().matches("(.*/)?(target|\\.git)/.*"))
          .toList();
    }
  }
}
