package scriptorium.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each run of the build tries on processors of each kind. */
class WidthConditionTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {
        "null, false, 512, true, machine-512",
        "null, false, 256, true, 'machine-256; not tried: machine-512, as why'",
        "null, false, 0, true, 'Vector API; not tried: machine-256, machine-512, as why'",
        "128, false, 512, true, 128",
        "512, false, 0, true, 512",
        "scalar, true, 0, true, scalar",
        "machine-256, true, 512, true, machine-256",
        "machine-256, false, 256, true, machine-256",
        "machine-256, true, 256, false, 'Kernels machine-256 are NOT tried: the run without the"
            + " property has this width'",
        "machine-256, true, 0, false, 'Kernels machine-256 are NOT tried: why'",
        "machine-512, false, 512, true, machine-512",
        "machine-512, false, 256, false, 'Kernels machine-512 are NOT tried: why'",
        "machine-512, false, 0, false, 'Kernels machine-512 are NOT tried: why'"
      })
  void widthsByProcessor(String kernels, boolean once, int widest, boolean tried, String reason) {
    var result = WidthCondition.decide(kernels, once, widest, "why");
    assertEquals(!tried, result.isDisabled());
    assertEquals(reason, result.getReason().orElseThrow());
  }
}
