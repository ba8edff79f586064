package scriptorium.engine;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may import whom. */
@AnalyzeClasses(
    packages = "scriptorium.engine",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ENGINE = "scriptorium.engine.";

  @ArchTest static final ArchRule TEXT = only("text");
  @ArchTest static final ArchRule MEMORY = only("memory");
  @ArchTest static final ArchRule MACHINE = only("machine");
  @ArchTest static final ArchRule KERNEL = only("kernel", "machine", "memory");
  @ArchTest static final ArchRule MODEL = only("model", "kernel", "memory");
  @ArchTest static final ArchRule SAMPLING = only("sampling", "kernel", "memory");
  @ArchTest static final ArchRule TOKENIZER = only("tokenizer", "text");
  @ArchTest static final ArchRule CHECKPOINT = only("checkpoint", "model", "memory", "text");

  @ArchTest
  static final ArchRule GENERATION =
      only("generation", "events", "model", "sampling", "tokenizer", "kernel", "memory", "text");

  @ArchTest
  static final ArchRule EVENTS =
      classes()
          .that()
          .resideInAPackage(ENGINE + "events")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(ENGINE + "events", "java..", "jdk.jfr..");

  @ArchTest
  static final ArchRule VECTORS_IN_PANAMA_CLASSES_ONLY =
      noClasses()
          .that()
          .haveSimpleNameNotStartingWith("Panama")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jdk.incubator.vector..");

  @ArchTest
  static final ArchRule PANAMA_CLASSES_ARE_HIDDEN =
      classes().that().haveSimpleNameStartingWith("Panama").should().bePackagePrivate();

  /** Tokens and keys follow from classes of characters, which differ from JDK to JDK. */
  @ArchTest
  static final ArchRule CLASSES_OF_CHARACTERS_ARE_FROZEN =
      noClasses()
          .that()
          .resideOutsideOfPackage(ENGINE + "text")
          .should()
          .callMethodWhere(
              target(owner(type(Character.class)))
                  .and(
                      target(
                          nameMatching(
                              "getType|isAlphabetic|isDefined|isDigit|isIdeographic|isLetter"
                                  + "|isLetterOrDigit|isLowerCase|isSpaceChar|isUpperCase"
                                  + "|isWhitespace|toLowerCase|toTitleCase|toUpperCase"))))
          .because("UnicodeTable stands for one version of Unicode");

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("scriptorium.engine.(*)..").should().beFreeOfCycles();

  private static ArchRule only(String name, String... allowed) {
    String[] packages = new String[allowed.length + 4];
    for (int i = 0; i < allowed.length; i++) {
      packages[i] = ENGINE + allowed[i];
    }
    packages[allowed.length] = ENGINE + name;
    packages[allowed.length + 1] = "java..";
    packages[allowed.length + 2] = "jdk.incubator.vector..";
    packages[allowed.length + 3] = "com.fasterxml.jackson..";
    return classes()
        .that()
        .resideInAPackage(ENGINE + name)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(packages);
  }
}
