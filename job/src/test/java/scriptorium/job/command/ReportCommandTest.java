package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.testing.Commands;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;

/** The command line of report, on data sets of the model. */
class ReportCommandTest extends SessionTest {
  private static List<String> run(int status, String... arguments) {
    Commands.Ended ended = Commands.run(List.of(arguments));
    assertEquals(status, ended.status(), ended.printed());
    return ended.lines();
  }

  @Test
  void dataSetsOfTheCommandsAreReported() throws Exception {
    String out = folder.resolve("out").toString();
    DataSets.generate(DataSets.samples(folder.resolve("out"), "parquet"), model, session);
    Path texts = DataSets.texts(folder.resolve("texts.jsonl"), 12);
    ScoreOptions scores = DataSets.scores(texts, folder.resolve("scored"), "jsonl");
    scores.columns = List.of("tokens", "token_log_likelihoods", "token_ranks", "token_entropies");
    DataSets.score(scores, model, null, session);
    Path page = folder.resolve("out/report.html");
    List<String> told = run(0, "report", out, "--samples", "4", "--title", "Mine <1>");
    String plain = Files.readString(page);
    assertEquals(
        List.of("%s: 30 rows in 1 series, %,d bytes".formatted(page, Files.size(page))), told);
    assertTrue(plain.contains("<title>Mine &lt;1&gt;</title>"));
    assertEquals(0, coloured(plain));

    String scored = folder.resolve("scored").toString();
    run(0, "report", out, scored, "--samples", "4", "--model", "books-8M", "--quiet");
    String both = Files.readString(page);
    assertEquals(8, coloured(both));
    String sha256 = model.weightsHash();
    assertTrue(both.contains("scored for this page by books-8M, weights SHA-256 " + sha256));
    assertTrue(both.contains("Origin not stated"));

    run(0, "report", out, "--human", scored);
    String human = Files.readString(page);
    assertTrue(human.contains("<b>A</b> <bdi>human</bdi>"));
    assertTrue(human.contains("<b>B</b> <bdi>k40</bdi>"));
    assertEquals(12, coloured(human));
  }

  /** Their tokens go on to the end of the stop string, which the text has not. */
  @Test
  void stoppedRowsAreColoured() throws Exception {
    GenerateOptions samples = DataSets.samples(folder.resolve("stopped"), "jsonl");
    samples.tokenColumns = true;
    samples.set(SamplingSetting.STOP, List.of("e", "."));
    DataSets.generate(samples, model, session);
    String out = folder.resolve("stopped").toString();
    run(0, "report", out, "--samples", "30");
    String page = Files.readString(folder.resolve("stopped/report.html"));
    assertEquals(30, coloured(page));
    assertFalse(page.contains("No colours"));
  }

  private static int coloured(String page) {
    return page.split("class=\"text tok\"", -1).length - 1;
  }

  @Test
  void mistakesAreOneLineAndStatusTwo() {
    assertEquals(
        List.of("scriptorium: Missing required parameter: 'DIR' (--help lists the options)"),
        run(Scriptorium.WRONG_USE, "report"));
    assertEquals(
        List.of("scriptorium: Samples -1: give 0 to 200"),
        run(Scriptorium.WRONG_USE, "report", "x", "--samples", "-1"));
    assertTrue(run(Scriptorium.WRONG_USE, "report", "/nowhere").getFirst().contains("has neither"));
    String there = folder.toString();
    DataSets.generate(DataSets.samples(folder.resolve("set"), "jsonl"), model, session);
    assertEquals(
        List.of(
            "scriptorium: Out " + there + " is a folder: give a file, such as report.html in it"),
        run(Scriptorium.WRONG_USE, "report", there + "/set", "--out", there, "--overwrite"));
    assertTrue(
        run(Scriptorium.WRONG_USE, "report", "/nowhere", "--model", "/nowhere")
            .getFirst()
            .startsWith("scriptorium: Model /nowhere is not there"));
  }
}
