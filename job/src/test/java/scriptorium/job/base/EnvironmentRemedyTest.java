package scriptorium.job.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Failures of the machine's are told with what helps, in one line. */
class EnvironmentRemedyTest {
  @ParameterizedTest
  @CsvSource({
    "/x/y: Too many open files, ulimit -n 4096",
    "Class is not registered: a.B[], spark.kryo.classesToRegister",
    "/tmp/libzstd.so: failed to map segment from shared object, -Djava.io.tmpdir=FOLDER",
    "No space left on device, SPARK_LOCAL_DIRS=FOLDER",
    "Failed to create a temp directory (under /nowhere) after 10 attempts!, SPARK_LOCAL_DIRS=FOLDER",
  })
  void aCauseAtAnyDepthHasItsRemedy(String message, String remedy) {
    Throwable failure =
        new RuntimeException("Job aborted", new IOException(message + "\nat some place"));
    String line = EnvironmentRemedy.of(failure);
    assertTrue(line.contains(remedy), line);
    assertEquals(1, line.lines().count());
  }

  @Test
  void anOutputSaysItselfWhatIsFull() {
    IOException full = new IOException("No space left on device");
    OutputException output =
        new OutputException("Output x cannot be written (No space left on device)", full);
    assertNull(EnvironmentRemedy.of(output));
    assertNull(EnvironmentRemedy.of(new UserException(output.getMessage(), output)));
    assertNull(EnvironmentRemedy.of(new UserException("Temperature -1")));
    assertNull(EnvironmentRemedy.of(new RuntimeException((String) null)));
  }
}
