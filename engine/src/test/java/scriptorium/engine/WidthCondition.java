package scriptorium.engine;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import scriptorium.engine.machine.MachineCodeException;
import scriptorium.engine.machine.Processor;

/**
 * Leaves out a run on machine code ({@code scriptorium.kernels=machine-256} or {@code machine-512})
 * that the processor cannot do, or, where {@code scriptorium.kernels.once} is set, that the run
 * without the property does already. Every run of a JVM prints one line: what is left out and why,
 * or, in the run without the property, the widths that nothing tries here.
 */
final class WidthCondition implements ExecutionCondition {
  private static final String KERNELS = System.getProperty("scriptorium.kernels");
  private static final boolean ONCE = Boolean.getBoolean("scriptorium.kernels.once");
  private static final int WIDEST;
  private static final String REFUSAL;

  static {
    int widest = 0;
    String refusal = "the processor lacks AVX2, FMA or F16C";
    try {
      Processor processor = Processor.current();
      widest = processor.avx512() ? 512 : processor.avx2() ? 256 : 0;
      refusal = widest == 256 ? "the processor lacks AVX-512" : refusal;
    } catch (MachineCodeException e) {
      refusal = e.getMessage();
    }
    WIDEST = widest;
    REFUSAL = refusal;
  }

  private static final Set<String> PRINTED = ConcurrentHashMap.newKeySet();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    ConditionEvaluationResult result = decide(KERNELS, ONCE, WIDEST, REFUSAL);
    String line =
        (result.isDisabled() ? "" : "Kernels of this run: ") + result.getReason().orElseThrow();
    if (PRINTED.add(line)) {
      System.out.println(line);
    }
    return result;
  }

  /** The choice by its inputs. */
  static ConditionEvaluationResult decide(
      String kernels, boolean once, int widest, String refusal) {
    if (kernels == null) {
      String here = widest > 0 ? "machine-" + widest : "Vector API";
      String not = widest == 512 ? "" : widest == 256 ? "machine-512" : "machine-256, machine-512";
      return ConditionEvaluationResult.enabled(
          here + (not.isEmpty() ? "" : "; not tried: " + not + ", as " + refusal));
    }
    if (!kernels.startsWith("machine-")) {
      return ConditionEvaluationResult.enabled(kernels);
    }
    int bits = Integer.parseInt(kernels.substring("machine-".length()));
    if (bits > widest) {
      return disabled(kernels, refusal);
    }
    if (once && bits == widest) {
      return disabled(kernels, "the run without the property has this width");
    }
    return ConditionEvaluationResult.enabled(kernels);
  }

  private static ConditionEvaluationResult disabled(String kernels, String reason) {
    return ConditionEvaluationResult.disabled("Kernels " + kernels + " are NOT tried: " + reason);
  }
}
