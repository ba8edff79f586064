package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.job.testing.Launcher;

/**
 * The launcher in environments as containers, cron and careful administrators make them: it works,
 * or says in one line what helps. Lines go through a script, so that the test's own locale plays no
 * part.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EnvironmentIT {
  private static final String WORK =
      " --model books-8M --cache-memory 64m --quiet --master 'local[1]' ";
  @TempDir static Path folder;

  /** What a line of bash ends with and prints, with $S for the launcher. */
  private static Launcher.Ended bash(String line) throws Exception {
    Path script =
        Files.writeString(
            folder.resolve("line.sh"),
            "S=" + Launcher.HOME.resolve("job/bin/scriptorium") + "\n" + line + "\n");
    ProcessBuilder builder =
        new ProcessBuilder("bash", script.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true);
    return Launcher.end(builder.start());
  }

  private static List<String> told(Launcher.Ended ended) {
    assertFalse(ended.output().contains("\tat "), ended.output());
    return ended.output().lines().filter(line -> line.startsWith("scriptorium: ")).toList();
  }

  private static void refused(int status, String remedy, Launcher.Ended ended) {
    List<String> told = told(ended);
    assertEquals(1, told.size(), ended.output());
    assertTrue(told.getFirst().contains(remedy), ended.output());
    assertEquals(status, ended.status(), ended.output());
  }

  @BeforeAll
  void someDataSet() throws Exception {
    Launcher.Ended ended =
        bash("$S generate --count 3 --max-new-tokens 4 --name few --out few" + WORK);
    assertEquals(0, ended.status(), ended.output());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"LC_ALL=C", "LC_ALL=POSIX", "LANG=xx_YY.UTF-8", "-u LANG LC_CTYPE=C", "LANG=C"})
  void textsInArgumentsAreUtf8WhateverTheLocale(String locale) throws Exception {
    Launcher.Ended ended =
        bash(
            "env -u LC_ALL "
                + locale
                + " $S report few --title 'Gr\u00fc\u00dfe \u20ac \ud83d\ude00' --out '\u00fc.html' && grep -o '<title>.*</title>' '\u00fc.html'");
    assertEquals(0, ended.status(), ended.output());
    assertTrue(
        ended.output().contains("<title>Gr\u00fc\u00dfe \u20ac \ud83d\ude00</title>"),
        ended.output());
    assertTrue(ended.output().contains("/\u00fc.html: 3 rows"), ended.output());
  }

  @Test
  void namesOfFilesAreUtf8UnderPosix() throws Exception {
    Launcher.Ended ended =
        bash(
            "export LC_ALL=POSIX; mkdir -p 'gr\u00fc'; echo '{\"text\":\"\u00fc\"}' > 'gr\u00fc/\u20ac.jsonl';"
                + " $S score --input 'gr\u00fc' --name s --out '\u00f6'"
                + WORK
                + "&& grep -c '\"text\":\"\u00fc\"' '\u00f6'/s.scored/part-00000.jsonl");
    assertEquals(0, ended.status(), ended.output());
    assertTrue(ended.output().endsWith("\n1\n"), ended.output());
  }

  /** As spark-submit starts it. */
  @Test
  void withoutTheLauncherDamagedArgumentsAreRefused() throws Exception {
    String java =
        Path.of(System.getProperty("java.home"), "bin/java")
            + " -cp '"
            + Launcher.HOME.resolve("job/target/scriptorium-job.jar")
            + ":"
            + Launcher.HOME.resolve("job/target/home/jars")
            + "/*' scriptorium.job.Main ";
    refused(
        2,
        "export LC_ALL=C.UTF-8",
        bash("LC_ALL=C " + java + "report few --title 'Gr\u00fc\u00dfe'"));
  }

  @ParameterizedTest
  @CsvSource({
    "2, 'ulimit -n 4096', 'ulimit -n 128; $S generate --out o'",
    "2, give ./a:b for a local file, '$S generate --out a:b'",
    "1, Standard output is closed or full, '$S report few --out r.html > /dev/full'",
    "1, Standard output is closed or full, '$S score --help > /dev/full'",
    "1, Standard output is closed or full, 'mkfifo p; exec 3<>p 4>p 3<&-; $S score --help >&4'",
  })
  void whatCannotWorkIsOneLine(int status, String remedy, String line) throws Exception {
    refused(status, remedy, bash(line));
  }

  @ParameterizedTest
  @CsvSource({
    "home, env -u HOME -u USER -u TERM",
    "readonly, env HOME=/proc TERM=dumb NO_COLOR=1",
    "tmp, env JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=$PWD/none/tmp",
    "soft, 'ulimit -Sn 100;'",
  })
  void theseWork(String out, String environment) throws Exception {
    Launcher.Ended ended =
        bash(
            environment
                + " $S generate --count 3 --max-new-tokens 4 --name few --out "
                + out
                + WORK
                + "&& cmp few/few.train/part-00000.jsonl "
                + out
                + "/few.train/part-00000.jsonl");
    assertEquals(0, ended.status(), ended.output());
    assertEquals(List.of(), told(ended));
    assertFalse(ended.output().contains("\r") || ended.output().contains("\u001b"));
  }

  @Test
  void aColonInAName() throws Exception {
    Launcher.Ended ended =
        bash(
            "cp -r few t:1 && $S report ./t:1 --out ./r:1.html && cp few/few.train/part-00000.jsonl x:y.jsonl &&"
                + " $S score --input ./x:y.jsonl --out ./s:1"
                + WORK
                + "&& $S verify ./s:1 --master 'local[1]'");
    assertEquals(0, ended.status(), ended.output());
    assertTrue(Files.readString(folder.resolve("r:1.html"), StandardCharsets.UTF_8).length() > 0);
  }
}
