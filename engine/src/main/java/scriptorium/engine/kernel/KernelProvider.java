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
   * The kernels of a choice. With {@link KernelChoice#AUTO} machine code where it runs, otherwise
   * the Vector API, whose name then says why; the test-only property stands above that.
   *
   * @throws IllegalArgumentException if the choice, or the property, wants machine code that does
   *     not run here
   * @throws IllegalStateException if the Vector API's module is not there
   */
  public static Kernels kernels(KernelChoice choice) {
    return choose(choice, System.getProperty(PROPERTY), vectorModule());
  }

  /** The kernels of {@link KernelChoice#AUTO}. */
  public static Kernels kernels() {
    return kernels(KernelChoice.AUTO);
  }

  /** The choice by its inputs. */
  static Kernels choose(KernelChoice choice, String property, boolean vectorModule) {
    if (property != null && !property.matches("128|256|512|scalar|machine-256|machine-512")) {
      throw new IllegalArgumentException(
          "Property "
              + PROPERTY
              + " is "
              + property
              + ": set 128, 256, 512, scalar, machine-256 or machine-512, or leave it out");
    }
    KernelChoice wanted = choice == KernelChoice.AUTO && property != null ? of(property) : choice;
    if (wanted == KernelChoice.SCALAR) {
      return new ScalarKernels();
    }
    if (!vectorModule) {
      throw new IllegalStateException("Vector API not readable: add --add-modules " + MODULE);
    }
    if (wanted == KernelChoice.VECTOR_API) {
      return new PanamaKernels();
    }
    if (MachineCode.BITS > 0) {
      return new MachineKernels(new PanamaKernels());
    }
    if (wanted == KernelChoice.MACHINE_CODE) {
      throw new IllegalArgumentException(
          "Kernels "
              + (property == null ? wanted.word() : property)
              + " do not run here, as "
              + MachineCode.REFUSAL
              + ": give "
              + KernelChoice.AUTO.word()
              + " or "
              + KernelChoice.VECTOR_API.word());
    }
    return new PanamaKernels(MachineCode.REFUSAL);
  }

  private static KernelChoice of(String property) {
    return property.startsWith("machine-")
        ? KernelChoice.MACHINE_CODE
        : property.equals("scalar") ? KernelChoice.SCALAR : KernelChoice.VECTOR_API;
  }

  static boolean vectorModule() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }
}
