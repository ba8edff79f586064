package scriptorium.engine.kernel;

/**
 * Picks the kernels of this JVM. Stateless; any thread. Vector classes are loaded only where they
 * are chosen.
 */
public final class KernelProvider {
  /**
   * Test-only property: 128, 256 or 512 (the Vector API with vectors of so many bits), machine-256,
   * machine-512 or scalar.
   */
  static final String PROPERTY = "scriptorium.kernels";

  private static final String MODULE = "jdk.incubator.vector";

  private KernelProvider() {}

  /**
   * Machine code where it runs, otherwise the Vector API, whose name then says why; others only
   * where the property says so.
   *
   * @throws IllegalStateException if the Vector API's module is not there, or the property wants
   *     machine code that does not run here
   */
  public static Kernels kernels() {
    return choose(System.getProperty(PROPERTY), vectorModule());
  }

  /** The choice by its two inputs. */
  static Kernels choose(String property, boolean vectorModule) {
    if (property != null && !property.matches("128|256|512|scalar|machine-256|machine-512")) {
      throw new IllegalArgumentException(
          "Property "
              + PROPERTY
              + " is "
              + property
              + ": set 128, 256, 512, scalar, machine-256 or machine-512, or leave it out");
    }
    if ("scalar".equals(property)) {
      return new ScalarKernels();
    }
    if (!vectorModule) {
      throw new IllegalStateException("Vector API not readable: add --add-modules " + MODULE);
    }
    if (property != null && !property.startsWith("machine-")) {
      return new PanamaKernels();
    }
    if (MachineCode.BITS > 0) {
      return new MachineKernels(new PanamaKernels());
    }
    if (property != null) {
      throw new IllegalStateException(
          "Property "
              + PROPERTY
              + " is "
              + property
              + ", which does not run here: "
              + MachineCode.REFUSAL
              + "; leave the property out");
    }
    return new PanamaKernels(MachineCode.REFUSAL);
  }

  static boolean vectorModule() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }
}
