package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiDocsTest {
  @Test
  void saysWhatEveryPublicMemberIs() {
    Path home = Path.of(System.getProperty("scriptorium.home"));
    assertEquals(List.of(), ApiDocs.missing(home.resolve("engine/src/main/java")));
  }

  @Test
  void findsWhatHasNoComment(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("A.java"),
        """
        package a;

        /** A comment. */
        public record A(int component) {
          /** A constant. */
          public static final int GOOD = 1;
          public static final int BAD = 1;
          private static final int HIDDEN = 1;

          public A {}

          /** @return what a tag says */
          public int tags() { return 1; }

          @Override
          public String toString() { return ""; }

          @Deprecated
          public void none(int parameter) { int local = parameter; }

          void hidden() {}

          public enum Kind {
            /** Said. */
            ONE,
            TWO,
            THREE("said");

            Kind(String... text) {}
          }

          /** Said. */
          public interface Face {
            void shown();

            private void kept() {}
          }

          private static final class Inner {
            public void hidden() {}
          }
        }

        class B {
          public void hidden() {}
        }
        """);
    assertEquals(
        List.of("BAD", "<init>", "tags", "none", "Kind", "Kind.TWO", "Face.shown").stream()
            .map("a.A."::concat)
            .toList(),
        ApiDocs.missing(folder));
  }
}
