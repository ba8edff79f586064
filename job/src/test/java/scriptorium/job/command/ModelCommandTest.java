package scriptorium.job.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCommandTest {
  @Test
  void theOptionWinsOverTheEnvironment() {
    Map<String, String> set = Map.of("SCRIPTORIUM_MODELS_URL", "http://mirror/{model}");
    assertEquals("http://host", FetchCommand.base("http://host", set));
    assertEquals("http://mirror/{model}", FetchCommand.base(null, set));
    assertNull(FetchCommand.base(null, Map.of("SCRIPTORIUM_MODELS_URL", "")));
    assertNull(FetchCommand.base(null, Map.of()));
  }

  @ParameterizedTest
  @CsvSource({"1,1", "500m,524288000", "2G,2147483648", "3KiB,3072", "4gb,4294967296"})
  void sizesAreBinary(String size, long bytes) {
    assertEquals(bytes, ConvertCommand.bytes(size));
  }
}
