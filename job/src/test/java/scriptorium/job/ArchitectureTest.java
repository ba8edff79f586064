package scriptorium.job;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Who may import whom. */
@AnalyzeClasses(packages = "scriptorium.job", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String JOB = "scriptorium.job";
  private static final int MOST_CLASSES = 20;

  /** Each package of job with those that it may import; the root imports the commands alone. */
  private static final Map<String, List<String>> MAY_IMPORT =
      Map.ofEntries(
          may("base"),
          may("broadcast", "base"),
          may("metrics", "broadcast", "base"),
          may("spark", "metrics", "broadcast", "base"),
          may("value", "base"),
          may("parquet", "value", "base"),
          may("orc", "value", "base"),
          may("avro", "value", "base"),
          may("row", "parquet", "base"),
          may("config", "input.format", "row", "base"),
          may("models", "config", "base"),
          may("store", "base"),
          may("input.format", "row", "base"),
          may("input.text", "input.format", "row", "base"),
          may(
              "input",
              "input.format",
              "input.text",
              "row",
              "parquet",
              "orc",
              "avro",
              "value",
              "base"),
          may("output", "input", "input.format", "input.text", "store", "row", "base"),
          may("dataset", "broadcast", "metrics", "spark", "input", "row", "config", "base"),
          may("sql", "dataset", "broadcast", "spark", "row", "config", "base"),
          may(
              "run",
              "dataset",
              "broadcast",
              "metrics",
              "output",
              "input",
              "store",
              "spark",
              "config",
              "row",
              "base"),
          may(
              "verify", "run", "dataset", "output", "input", "store", "spark", "config", "row",
              "base"),
          may(
              "corpus",
              "run",
              "dataset",
              "broadcast",
              "output",
              "input",
              "input.format",
              "store",
              "spark",
              "config",
              "row",
              "base"),
          may("detect.fit", "broadcast", "base"),
          may(
              "detect",
              "detect.fit",
              "run",
              "dataset",
              "broadcast",
              "output",
              "input",
              "store",
              "spark",
              "config",
              "row",
              "base"),
          may("report.read", "output", "store", "row", "base"),
          may("report.statistics", "report.read", "output", "store", "row", "base"),
          may("report.page", "report.statistics", "report.read", "store", "base"),
          may(
              "report",
              "report.page",
              "report.statistics",
              "report.read",
              "output",
              "store",
              "row",
              "base"));

  private static Map.Entry<String, List<String>> may(String name, String... others) {
    return Map.entry(name, List.of(others));
  }

  private static String name(JavaClass type) {
    String name = type.getPackageName();
    return name.equals(JOB) ? "" : name.substring(JOB.length() + 1);
  }

  private static boolean inJob(JavaClass type) {
    return type.getPackageName().equals(JOB) || type.getPackageName().startsWith(JOB + ".");
  }

  /** Every import that the table does not allow, by name. */
  @ArchTest
  static void packagesImportWhatTheTableSays(JavaClasses all) {
    Map<String, Set<String>> wrong = new TreeMap<>();
    Set<String> packages = new HashSet<>();
    for (JavaClass from : all) {
      packages.add(name(from));
      from.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(to -> inJob(to) && !name(to).equals(name(from)))
          .filter(to -> !allowed(name(from), name(to)))
          .forEach(
              to ->
                  wrong
                      .computeIfAbsent(name(from) + " -> " + name(to), ignored -> new TreeSet<>())
                      .add(from.getSimpleName() + " -> " + to.getSimpleName()));
    }
    assertEquals(Map.of(), wrong);
    packages.removeAll(Set.of("", "command"));
    assertEquals(new TreeSet<>(MAY_IMPORT.keySet()), new TreeSet<>(packages));
  }

  private static boolean allowed(String from, String to) {
    return switch (from) {
      case "" -> to.equals("command");
      case "command" -> !to.isEmpty();
      default -> MAY_IMPORT.getOrDefault(from, List.of()).contains(to);
    };
  }

  @ArchTest
  static final ArchRule NO_CYCLES = slices().matching(JOB + ".(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule COMMANDS_ARE_FOR_MAIN_ALONE =
      noClasses()
          .that()
          .resideOutsideOfPackage(JOB + ".command")
          .and()
          .doNotHaveFullyQualifiedName(JOB + ".Main")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(JOB + ".command");

  @ArchTest
  static final ArchRule COMMANDS_ALONE_PRINT =
      noClasses()
          .that()
          .resideOutsideOfPackage(JOB + ".command")
          .should()
          .accessField(System.class, "err")
          .orShould()
          .accessField(System.class, "out")
          .because("a Console is handed in");

  /**
   * The kernels, the memory and the checkpoints of the engine stay behind its facade; an option
   * names kernels.
   */
  @ArchTest
  static final ArchRule ENGINE_BY_ITS_FACADE =
      noClasses()
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are internal to the engine",
                  type ->
                      !type.getSimpleName().equals("KernelChoice")
                          && List.of("kernel", "memory", "checkpoint", "events")
                              .contains(type.getPackageName().replace("scriptorium.engine.", ""))));

  @ArchTest
  static void noPackageHasMoreThanTwentyClasses(JavaClasses all) {
    Map<String, Long> large =
        all.stream()
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(ArchitectureTest::name, Collectors.counting()));
    large.values().removeIf(count -> count <= MOST_CLASSES);
    assertEquals(Map.of(), large);
  }
}
