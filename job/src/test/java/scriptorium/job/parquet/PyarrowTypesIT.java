package scriptorium.job.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.testing.Launcher;
import scriptorium.job.testing.PythonEnvironment;

/** Columns of every type of pyarrow go through {@code score}, and pyarrow reads the same. */
@Tag("python")
class PyarrowTypesIT {
  private static final String SCRIPT =
      PythonEnvironment.SCRIPTS.resolve("pass_types.py").toString();

  @TempDir Path folder;

  private Path score(String format) throws Exception {
    Launcher.Ended ended =
        new Launcher(folder)
            .run(
                Map.of(),
                "score",
                "--input",
                "types.parquet",
                "--name",
                "types",
                "--format",
                format,
                "--out",
                format);
    assertEquals(0, ended.status(), ended.output());
    return ParquetFiles.shards(folder.resolve(format)).getFirst();
  }

  @Test
  void everyType() throws Exception {
    PythonEnvironment python = PythonEnvironment.open();
    String file = folder.resolve("types.parquet").toString();
    python.run(Map.of(), SCRIPT, "write", file);
    String output =
        python.run(
            Map.of(),
            SCRIPT,
            "compare",
            file,
            score("jsonl").toString(),
            score("parquet").toString());
    assertEquals("52 columns, 3 rows", output.strip());
  }
}
