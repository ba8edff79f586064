package scriptorium.job.docs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import scriptorium.job.testing.Launcher;

/** Each library that is given away has its licence with it. */
class ThirdPartyIT {
  private static final Path JOB = Launcher.HOME.resolve("job");
  private static final Path LIST = JOB.resolve("src/main/assembly/third-party");
  private static final String LICENSE = "(META-INF/)?LICENSE(\\.txt)?";

  /** Names of jars, without versions, that have these texts. */
  private record Row(List<String> jars, Set<String> texts) {
    boolean inTheJar() {
      return texts.contains("in the jar");
    }
  }

  private static List<Row> rows() throws IOException {
    return Files.readAllLines(LIST.resolve("THIRD-PARTY.md")).stream()
        .filter(line -> line.startsWith("| "))
        .skip(1)
        .map(line -> line.substring(2).replace("\\*", "*").split(" \\|( |$)"))
        .map(cells -> new Row(List.of(cells[0].split(", ")), texts(cells[2])))
        .toList();
  }

  private static Set<String> texts(String cell) {
    return Stream.of(cell.split(", "))
        .map(text -> text.replaceFirst("\\[.*]\\(licenses/(.*)\\)", "$1"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static boolean named(String name, Path jar) {
    String without = jar.getFileName().toString().replaceFirst("(_2\\.13)?-\\d.*", "");
    return FileSystems.getDefault().getPathMatcher("glob:" + name).matches(Path.of(without));
  }

  @Test
  void listsEveryJarOnce() throws IOException {
    List<Path> jars = files(JOB.resolve("target/home/jars"));
    List<String> wrong = new ArrayList<>();
    for (Path jar : jars) {
      List<Row> rows =
          rows().stream().filter(row -> row.jars().stream().anyMatch(n -> named(n, jar))).toList();
      if (rows.size() != 1 || rows.getFirst().inTheJar() && !hasLicense(jar)) {
        wrong.add(jar.getFileName() + ": " + rows);
      }
    }
    for (Row row : rows()) {
      row.jars().stream()
          .filter(name -> jars.stream().noneMatch(jar -> named(name, jar)))
          .forEach(name -> wrong.add(name + ": no jar"));
    }
    assertEquals(List.of(), wrong);
  }

  private static boolean hasLicense(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(JarEntry::getName).anyMatch(name -> name.matches(LICENSE));
    }
  }

  @Test
  void hasEveryText() throws IOException {
    Set<String> texts = new TreeSet<>();
    rows().stream().filter(row -> !row.inTheJar()).forEach(row -> texts.addAll(row.texts()));
    List<String> there =
        files(LIST.resolve("licenses")).stream().map(f -> f.getFileName().toString()).toList();
    assertEquals(List.copyOf(texts), there);
  }

  @Test
  void packsThoseOfTheJobsJar() throws IOException {
    try (JarFile jar = new JarFile(JOB.resolve("target/scriptorium-job.jar").toFile())) {
      assertContent(jar, "META-INF/LICENSE", Launcher.HOME.resolve("LICENSE"));
      assertContent(
          jar, "META-INF/licenses/picocli/Apache-2.0.txt", LIST.resolve("licenses/Apache-2.0.txt"));
      List<String> others =
          jar.stream()
              .map(JarEntry::getName)
              .filter(name -> name.endsWith(".class"))
              .filter(
                  name ->
                      !name.matches("(META-INF/versions/9/)?(scriptorium/|picocli/|module-info).*"))
              .toList();
      assertEquals(List.of(), others);
    }
  }

  private static void assertContent(JarFile jar, String name, Path expected) throws IOException {
    assertTrue(jar.getEntry(name) != null, name);
    assertArrayEquals(
        Files.readAllBytes(expected), jar.getInputStream(jar.getEntry(name)).readAllBytes());
  }
}
