package scriptorium.job.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.ModelFolder;
import scriptorium.job.base.UserException;
import scriptorium.job.config.GenerateOptions;
import scriptorium.job.config.ScoreOptions;
import scriptorium.job.output.ShardChecker.Defect;
import scriptorium.job.row.SamplingSetting;
import scriptorium.job.testing.DataSets;
import scriptorium.job.testing.SessionTest;

/** Rows that are drawn or scored again: good ones pass, forged ones are named. */
class VerifyRowsTest extends SessionTest {
  private Path out() {
    return folder.resolve("out");
  }

  private VerifyDatasetJob job() {
    return DataSets.verify(out());
  }

  private static String only(RowProof proof) {
    assertEquals(1, proof.defects().size(), proof.toString());
    return proof.defects().getFirst().toString();
  }

  @Test
  void namedRowsAreDrawnAgain() throws Exception {
    DataSets.generate(DataSets.samples(out(), "jsonl"), model, session);
    DataSets.forgeLine(
        out(), "set.train/part-00001.jsonl", 4, line -> line.replace("books-8M", "124M"));
    DataSets.forgeLine(
        out(), "set.valid/part-00000.jsonl", 2, line -> line.replace("books-8M", "124M"));
    RowProof others = job().regenerate(model, job().named(List.of("0..13", "15", "valid:3..6")));
    assertEquals(new RowProof(List.of(), 19, 0), others);
    RowProof one = job().regenerate(model, job().named(List.of("train:12..14")));
    assertEquals(3, one.rows());
    assertTrue(
        only(one)
            .startsWith(
                "set.train/part-00001.jsonl: row 4 (id 14) is not what the model generates"),
        one.toString());
    RowProof both = job().regenerate(model, job().named(List.of("valid:2", "14")));
    assertEquals(
        List.of("set.train/part-00001.jsonl", "set.valid/part-00000.jsonl"),
        both.defects().stream().map(Defect::file).toList());
  }

  @Test
  void aModelOfAnotherFolderNameDrawsTheSameRows() throws Exception {
    DataSets.generate(DataSets.samples(out(), "jsonl"), model, session);
    Path copy = Files.createDirectory(folder.resolve("gpt"));
    for (Path source : List.of(model.path(), model.path().resolveSibling("gpt2-tokenizer"))) {
      try (Stream<Path> files = Files.list(source)) {
        for (Path file : files.filter(name -> !name.endsWith("README.md")).toList()) {
          Files.copy(file, copy.resolve(file.getFileName()));
        }
      }
    }
    try (ModelFolder other = ModelFolder.open(copy)) {
      assertEquals(List.of(), job().regenerate(other, 5, 1));
    }
  }

  @Test
  void rowsThatAreNotThereAreNamed() throws Exception {
    DataSets.generate(DataSets.samples(out(), "jsonl"), model, session);
    Path shard = out().resolve("set.train/part-00001.jsonl");
    Files.write(shard, Files.readAllLines(shard).subList(0, 8));
    Files.delete(out().resolve("set.train/part-00000.jsonl"));
    List<String> defects =
        job().regenerate(model, job().named(List.of("9..18"))).defects().stream()
            .map(Defect::toString)
            .toList();
    assertEquals(2, defects.size(), defects.toString());
    assertTrue(defects.get(0).startsWith("set.train/part-00000.jsonl: cannot be read: "));
    assertEquals("set.train/part-00001.jsonl: row 8 (id 18) is missing", defects.get(1));
  }

  @Test
  void bytesThatAreNoTextAreNotTakenForTheReplacementCharacter() throws Exception {
    DataSets.generate(DataSets.samples(out(), "jsonl"), model, session);
    Path shard = out().resolve("set.valid/part-00000.jsonl");
    String lines = Files.readString(shard);
    assertFalse(lines.contains("\uFFFD"));
    byte[] bytes = lines.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    int at = lines.indexOf("\"text\":\"") + 9;
    bytes[at] = (byte) 0xFF;
    Files.write(shard, bytes);
    String defect = only(job().regenerate(model, job().named(List.of("valid:0..6"))));
    assertTrue(defect.contains("row 0 (id 0) is not what the model generates: not UTF-8"), defect);
  }

  private void samples(String format) throws Exception {
    Path prompts = folder.resolve("prompts.jsonl");
    Files.writeString(
        prompts, "{\"text\":\"The ship\"}\n{\"no\":1}\n{\"text\":\"\"}\n{\"text\":\"He said\"}\n");
    GenerateOptions options = DataSets.samples(out(), format);
    options.split = null;
    options.prompts = prompts.toString();
    options.samplesPerPrompt = 6;
    options.set(SamplingSetting.MAX_NEW_TOKENS, 40);
    options.tokenColumns = true;
    DataSets.generate(options, model, session);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "parquet"})
  void generatedRowsAreScoredAgainByTheirTokens(String format) throws Exception {
    samples(format);
    assertEquals(new RowProof(List.of(), 18, 6), job().rescore(model, null, 1000, 1));
    assertEquals(new RowProof(List.of(), 24, 0), job().regenerate(model, job().random(1000, 1)));
    String shard = "set.train/part-00001." + format;
    if (format.equals("jsonl")) {
      DataSets.forgeLine(
          out(),
          shard,
          9,
          line -> line.replaceFirst("\"log_likelihood\":-([0-9]+)", "\"log_likelihood\":-1$1"));
    } else {
      DataSets.forgeTable(
          out(),
          shard,
          session,
          table ->
              table.withColumn(
                  "log_likelihood",
                  functions
                      .when(
                          table.col("id").equalTo(19),
                          table.col("log_likelihood").plus(functions.lit(0.5)))
                      .otherwise(table.col("log_likelihood"))));
    }
    RowProof proof = job().rescore(model, null, job().named(List.of("10..19")));
    assertEquals(new RowProof(proof.defects(), 8, 2), proof);
    String defect = only(proof);
    assertTrue(defect.startsWith(shard + ": row 9 (id 19) has -"), defect);
    assertTrue(defect.contains(" in the column log_likelihood, the model gives -"), defect);
    assertEquals(List.of(), job().rescore(model, null, job().named(List.of("0..18"))).defects());
  }

  @Test
  void changedTokensTextsAndArraysAreFound() throws Exception {
    samples("jsonl");
    String shard = "set.train/part-00000.jsonl";
    DataSets.forgeLine(out(), shard, 1, line -> line.replace("\"text\":\"", "\"text\":\"x"));
    DataSets.forgeLine(
        out(), shard, 2, line -> line.replaceFirst("\"tokens\":\\[", "\"tokens\":[50300,"));
    DataSets.forgeLine(
        out(), shard, 3, line -> line.replaceFirst("\"token_ranks\":\\[", "\"token_ranks\":[7,"));
    DataSets.forgeLine(out(), shard, 4, line -> line.replaceFirst("\"length\":", "\"length\":1"));
    List<String> defects =
        job().rescore(model, null, 1000, 1).defects().stream().map(Defect::toString).toList();
    assertEquals(4, defects.size(), defects.toString());
    for (String expected :
        List.of(
            "row 1 (id 1) has \"x",
            "row 2 (id 2) cannot be scored again: token id 50300 is not in 0..50256",
            "row 3 (id 3) has [7,",
            "row 4 (id 4) has 1")) {
      assertTrue(
          defects.stream().anyMatch(defect -> defect.startsWith(shard + ": " + expected)),
          expected + " in " + defects);
    }
  }

  @Test
  void rowsWithoutTokenIdsCannotBeScoredAgain() throws Exception {
    DataSets.generate(DataSets.samples(out(), "jsonl"), model, session);
    String wrong =
        assertThrows(UserException.class, () -> job().rescore(model, null, 3, 1)).getMessage();
    assertTrue(wrong.startsWith("Data set set has no token ids"), wrong);
    assertTrue(wrong.endsWith("prove its rows by --regenerate"), wrong);
  }

  private void score(ScoreOptions options) {
    DataSets.score(options, model, options.observer == null ? null : model, session);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "parquet"})
  void textsAreScoredAgain(String format) throws Exception {
    Path texts = DataSets.texts(folder.resolve("texts.jsonl"), 23);
    Files.writeString(
        texts,
        Files.readString(texts)
            + "no JSON\n{\"text\":7,\"before\":\"\"}\n{\"text\":\"\",\"before\":\"a\"}\n"
            + "{\"text\":\"lone \\ud800 surrogate\",\"before\":\"\"}\n");
    ScoreOptions options = DataSets.scores(texts, out(), format);
    options.columns =
        List.of(
            "all", "tokens", "token_log_likelihoods", "token_ranks", "token_entropies", "context");
    options.promptColumn = "before";
    options.observer = "books-8M";
    options.stride = 5;
    score(options);
    assertEquals(new RowProof(List.of(), 25, 2), job().rescore(model, model, 1000, 1));
    assertEquals(4, job().rescore(model, model, 4, 2).rows());
    String shard = "set.scored/part-00001." + format;
    if (format.equals("jsonl")) {
      DataSets.forgeLine(
          out(), shard, 3, line -> line.replaceFirst("\"mean_rank\":", "\"mean_rank\":1"));
      DataSets.forgeLine(
          out(), shard, 5, line -> line.replaceFirst("\"scored_length\":", "\"scored_length\":1"));
      RowProof proof = job().rescore(model, model, job().named(List.of("13..15")));
      assertEquals(2, proof.defects().size(), proof.toString());
      assertTrue(proof.defects().get(0).what().startsWith("row 3 (id 13) has 1"));
      assertTrue(proof.defects().get(0).what().contains(" in the column mean_rank, the model "));
      assertTrue(proof.defects().get(1).what().contains(" in the column scored_length, the "));
    } else {
      DataSets.forgeTable(
          out(),
          shard,
          session,
          table ->
              table.withColumn("text", functions.concat(table.col("text"), functions.lit("!"))));
      RowProof proof = job().rescore(model, model, job().named(List.of("scored:9..10")));
      assertFalse(proof.defects().isEmpty());
      assertTrue(
          proof.defects().stream()
              .allMatch(defect -> defect.what().startsWith("row 0 (id 10) has ")),
          proof.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "parquet"})
  void tokenIdsAreScoredAgainThoughOtherRowsHoldNone(String format) throws Exception {
    Path texts = folder.resolve("texts.jsonl");
    Files.writeString(
        texts, "{\"ids\":[464,4074]}\n{\"ids\":[464,1.5]}\n{\"ids\":[]}\n{\"ids\":[50256,3]}\n");
    Path more = folder.resolve("more.jsonl");
    Files.writeString(more, "{\"ids\":\"none\"}\n{\"ids\":[11,12,13],\"tokens\":\"theirs\"}\n");
    ScoreOptions options = DataSets.scores(texts, out(), format);
    options.tokensColumn = "ids";
    options.columns = List.of("tokens");
    score(options);
    assertEquals(new RowProof(List.of(), 3, 1), job().rescore(model, null, 1000, 1));
    options.out = folder.resolve("both").toString();
    options.input = List.of(texts.toString(), more.toString());
    score(options);
    assertEquals(
        new RowProof(List.of(), 4, 2),
        DataSets.verify(folder.resolve("both")).rescore(model, null, 1000, 1));
  }

  @Test
  void aModelThatIsNotTheirsIsRefusedInOneLine() throws Exception {
    ScoreOptions options =
        DataSets.scores(DataSets.texts(folder.resolve("texts.jsonl"), 3), out(), "jsonl");
    options.observer = "books-8M";
    score(options);
    String none =
        assertThrows(UserException.class, () -> job().rescore(model, null, 3, 1)).getMessage();
    assertTrue(none.endsWith("with the observer books-8M: name it by --observer"), none);
    Path manifest = out().resolve("manifest.json");
    String before = Files.readString(manifest);
    Files.writeString(
        manifest, before.replace("\"weightsSha256\" : \"", "\"weightsSha256\" : \"0"));
    String other =
        assertThrows(UserException.class, () -> job().rescore(model, model, 3, 1)).getMessage();
    assertTrue(other.contains(" is not the one of the data set: its weights have"), other);
    String drawn =
        assertThrows(UserException.class, () -> job().regenerate(model, 3, 1)).getMessage();
    assertTrue(drawn.startsWith("Data set set was scored, not generated"), drawn);
  }
}
