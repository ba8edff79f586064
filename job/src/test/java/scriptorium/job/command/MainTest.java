package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scriptorium.job.Main;
import scriptorium.job.spark.LogLevel;
import scriptorium.job.spark.Sessions;

/** Mistakes on the command line: one line, the value, the remedy, exit status 2. */
class MainTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "generate --temperature -1|Temperature -1.0",
        "generate --temperature 1e-300|Temperature 1.0E-300 is below",
        "generate --top-p 2|Top-p 2.0",
        "generate --top-p 0.9..0.8|Top-p 0.9..0.8 goes down: give the smaller end first",
        "generate --samples-per-prompt 3|Samples per prompt 3: give --prompts with it",
        "generate --out nosuch://x/y|Output nosuch://x/y is on no file system",
        "generate --out hdfs://no.such.host/y|Output hdfs://no.such.host/y is on no file system",
        "generate --out=|is on no file system",
        "generate --out pom.xml|pom.xml is a file: give a folder",
        "generate --top-p high|Top-p high",
        "generate --top-k 0|Top-k 0",
        "generate --count 0|Count 0",
        "generate --count x|'x' is not a long",
        "generate --split train=0|Rows of split train 0",
        "generate --split train|Split train",
        "generate --max-new-tokens 0|Max new tokens 0",
        "generate --min-p 2|Min-p 2.0",
        "generate --min-p NaN|Min-p NaN",
        "generate --typical-p 0|Typical-p 0.0",
        "generate --repetition-penalty -1|Repetition penalty -1.0",
        "generate --no-repeat-ngram -1|No-repeat n-gram -1",
        "generate --min-new-tokens -1|Min new tokens -1",
        "generate --min-new-tokens 9 --max-new-tokens 8|Min new tokens 9 is more than the max",
        "generate --stop=|Stop string 1 is empty",
        "generate --best-of 0|Best-of 0",
        "generate --best-of 100000|Best-of 100000",
        "generate --best-of 2 --best-of-by product|Option --best-of-by product",
        "generate --best-of-by mean|Best-of-by mean: give --best-of",
        "generate --prompt-settings top_k|Prompt settings top_k: give --prompts",
        "generate --prompts x.jsonl --prompt-settings top_q|Prompt setting top_q: give some of",
        "generate --prompts ../README.md --input-format text --prompt-settings top_k|is plain text",
        "generate --shard-rows 0|Shard rows 0",
        "generate --format csv|Option --format csv",
        "generate --schema other|Option --schema other",
        "generate --on-bad-row maybe|Option --on-bad-row maybe",
        "generate --name a/b|Name a/b",
        "generate --threads 0|Threads 0",
        "generate --slots 0|Slots 0",
        "generate --cache-type f8|Option --cache-type f8",
        "generate --cache-memory much|Invalid cache memory much",
        "generate --cache-memory 1k|Cache memory 1k holds no sequence of the whole context: give at least 6m",
        "generate --cache-memory 6291455 --master spark://nowhere:7077|Cache memory 6291455 holds no",
        "generate --cache-memory 5m --dry-run|Cache memory 5m holds no",
        "generate --cache-memory 2m --cache-type f16 --preset books-8M,books-8M-k40|at least 3m",
        "generate --model /nowhere|Model /nowhere is not there",
        "generate --model 124M|or put the model under --models-dir by model fetch 124M",
        "generate --preset none|Preset none is neither",
        "generate --preset books-8M,none|Preset none is neither",
        "generate --preset books-8M,books-8M|has the same name books-8M as another one",
        "generate --preset books-8M,books-8M-k40 --name x|Name x cannot name several data sets",
        "generate --preset books-8M,small-124M|Model 124M is not there",
        "generate --prompts src/main/java|Input src/main/java has no files of a known format",
        "generate --prompts ../README.md|is of an unknown format: name it with --input-format (text, jsonl",
        "generate --prompts ../README.md --input-format xml|Option --input-format xml: give text, jsonl",
        "generate --input-format text|Input format text: give --prompts with it",
        "generate --prompts /nowhere.txt|Input /nowhere.txt does not exist",
        "generate --prompts x.txt --count 5|Count 5",
        "generate --merge --format parquet|Merge true",
        "generate --no-such-option|Unknown option: '--no-such-option'",
        "generate --out /proc/nothing|Output /proc/nothing",
        "generate --out a:b|Path a:b has a colon before any slash",
        "generate --prompts x:y.txt|give ./x:y.txt for a local file",
        "score --input x:y.jsonl --out o|give ./x:y.jsonl for a local file",
        "score --input pom.xml --out s3a:b/c|or an address such as hdfs://host:port/folder",
        "corpus --human x:y.jsonl --synthetic s --out o|give ./x:y.jsonl",
        "detect --corpus x:y --out o|give ./x:y",
        "detect --corpus pom.xml --out x:y|give ./x:y",
        "detect --model-in x:y --input pom.xml --out o|give ./x:y",
        "verify x:y|give ./x:y",
        "report x:y|give ./x:y",
        "score --input /nowhere --out o|Input /nowhere does not exist",
        "score --out o|Input is not given",
        "score --input pom.xml|Out is not given",
        "score --input ../datasets/human/books.test.jsonl --out o --stride 0|Stride 0",
        "score --input ../datasets/human/books.test.jsonl --out o --stride 4000|Stride 4000",
        "score --input ../datasets/human/books.test.jsonl --out o --columns rank|Unknown column rank",
        "score --input ../datasets/human/books.test.jsonl --out o --format csv|Option --format csv",
        "score --input ../datasets/human/books.test.jsonl --out o --columns binoculars|Column binoculars",
        "score --input ../datasets/human/books.test.jsonl --out o --observer /nowhere|Model /nowhere is not there",
        "score --input src/main/java --out o|has no files of a known format",
        "score --input ../datasets/human/books.test.jsonl --out o --cache-memory 5m|Cache memory 5m holds no sequence",
        "score --input ../datasets/human/books.test.jsonl --out o --observer books-8M --cache-memory 6m|at least 12m",
        "score --eval lambada --cache-memory 1k|Cache memory 1k holds no sequence",
        "score --eval nothing|Evaluation nothing",
        "score --eval lambada --input /nowhere|Evaluation file /nowhere",
        "score --eval lambada --input /|Evaluation file / is a folder",
        "bench --sequences 0|Sequences 0",
        "corpus --human h --synthetic s --model books-8M --out o --cache-memory 1k|Cache memory 1k holds no",
        "detect --out o|name what corpus wrote by --corpus",
        "detect --corpus /nowhere|Out is not given",
        "detect --corpus /nowhere --out o|has no manifest.json",
        "detect --corpus c --model-in d --out o|not both",
        "detect --corpus c --family k40 --out o|Family k40",
        "detect --model-in /nowhere --out o|Input is not given",
        "detect --model-in /nowhere --input pom.xml --out o|are not there",
        "detect --model-in d --input i --model books-8M --out o --cache-memory 1k|Cache memory 1k holds",
        "model info /nowhere|Model /nowhere is not there",
        "generate --model=|The model's name is empty: give --model",
        "generate --name x --model=|The model's name is empty: give --model",
        "score --input ../datasets/human/books.test.jsonl --out o --model=|The model's name is empty: give --model",
        "score --input ../datasets/human/books.test.jsonl --out o --observer=|The model's name is empty: give --model",
        "generate --log-level loud|expected one of [TRACE, DEBUG, INFO, WARN, ERROR, OFF]",
        "verify x --log-level loud|was 'loud'",
        "model fetch 99M|Model 99M was not released",
        "model fetch 124M --from torch|Option --from torch: give safetensors or tensorflow",
        "model fetch 124M --base-url host/x|Base URL host/x",
        "model convert /nowhere o|Model /nowhere is not there",
        "model convert x y --dtype f64|Option --dtype f64: give f32, f16 or bf16",
        "model convert x y --to gguf|Option --to gguf: give safetensors or tensorflow",
        "model convert x y --max-shard-size much|Invalid max shard size much",
        "model convert x y --max-shard-size 0|Invalid max shard size 0",
        "model convert x y --max-shard-size 999999999999999g|Invalid max shard size 999999999999999g",
        "verify /nowhere|has no manifest.json",
        "verify|Missing required parameter",
        "nothing|Unmatched argument",
      })
  void mistakesAreOneLineAndStatusTwo(String arguments, String expected) {
    List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
    if (arguments.startsWith("generate") && !arguments.contains("--out")) {
      all.add("--out");
      all.add(folder.resolve("out").toString());
    }
    check(expected, all);
    assertFalse(Files.exists(folder.resolve("out")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model info|The model's name is empty: give --model",
        "model info --models-dir x|The model's name is empty: give --model",
        "model fetch|The model's name is empty: give 124M, 355M",
        "model convert x|The name of the folder to write is empty",
        "bench --model|The model's name is empty: give --model",
      })
  void anEmptyNameIsCalledEmpty(String arguments, String expected) {
    List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
    all.add("");
    check(expected, all);
  }

  @Test
  void aPresetWithAnUnknownKeyIsRefusedByTheKey() throws Exception {
    Path preset = folder.resolve("mine.json");
    Files.writeString(preset, "{\"topK\": 40, \"topQ\": 1}");
    check("unknown key topQ", List.of("generate", "--preset", preset.toString()));
    Files.writeString(preset, "{\"topK\": ");
    check("is not valid", List.of("generate", "--preset", preset.toString()));
  }

  @Test
  void aDamagedModelIsNamed() throws Exception {
    Path source = Path.of(System.getProperty("scriptorium.home"), "datasets/books-8M");
    Path model = Files.createDirectory(folder.resolve("model"));
    Files.copy(source.resolve("config.json"), model.resolve("config.json"));
    check("model.safetensors is missing", List.of("generate", "--model", model.toString()));
    byte[] weights = Files.readAllBytes(source.resolve("model.safetensors"));
    Files.write(
        model.resolve("model.safetensors"), java.util.Arrays.copyOf(weights, weights.length / 2));
    check("is cut short", List.of("generate", "--model", model.toString()));
    byte[] absurd = weights.clone();
    absurd[6] = 0x7f;
    Files.write(model.resolve("model.safetensors"), absurd);
    check("a header of", List.of("generate", "--model", model.toString()));
  }

  @Test
  void aMasterBehindTheJarIsNotPassedOverInSilence() {
    System.setProperty("spark.master", "local[3]"); // as spark-submit hands it on
    try {
      assertEquals("local[3]", Sessions.conf("test", null).get("spark.master"));
      assertEquals("local[3]", Sessions.conf("test", "local[3]").get("spark.master"));
      check(
          "Master local[2] stands behind the jar",
          List.of("generate", "--master", "local[2]", "--out", folder.resolve("o").toString()));
    } finally {
      System.clearProperty("spark.master");
    }
  }

  @Test
  void theLogLevelHoldsForThisJvmAndForSparksOthers() {
    Level before = LogManager.getRootLogger().getLevel();
    try {
      check("has no manifest.json", List.of("verify", "/nowhere", "--log-level", "Error"));
      assertEquals(Level.ERROR, LogManager.getRootLogger().getLevel());
      assertEquals("ERROR", Sessions.conf("test", null).get("spark.log.level"));
      assertEquals("true", Sessions.conf("test", null).get("spark.executor.syncLogLevel.enabled"));
    } finally {
      System.clearProperty(LogLevel.SPARK_KEY);
      Configurator.setRootLevel(before);
      Configurator.setLevel("scriptorium", Level.INFO);
    }
  }

  private static void check(String expected, List<String> arguments) {
    PrintStream before = System.err;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
    int status;
    try {
      status = Main.run(arguments.toArray(String[]::new));
    } finally {
      System.setErr(before);
    }
    List<String> lines =
        captured
            .toString(StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("scriptorium:"))
            .toList();
    assertEquals(1, lines.size(), lines.toString());
    assertTrue(lines.getFirst().contains(expected), lines.getFirst());
    assertEquals(Scriptorium.WRONG_USE, status);
  }
}
