package scriptorium.engine.kernel;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The one vector width of a JVM: the processor's preferred one, at most 512 bits and at least 128.
 * For tests the property {@value KernelProvider#PROPERTY} sets it; a width that the processor lacks
 * works, slowly.
 */
final class PanamaSpecies {
  static final VectorSpecies<Float> FLOAT = choose(System.getProperty(KernelProvider.PROPERTY));

  /** Ints of the same width. */
  static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, FLOAT.vectorShape());

  /** Floats of a vector: 4, 8 or 16. The 16 virtual lanes of a reduction are 4, 2 or 1 vectors. */
  static final int LENGTH = FLOAT.length();

  private PanamaSpecies() {}

  private static VectorSpecies<Float> choose(String bits) {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalStateException(
          "Processor is big endian: run with -D" + KernelProvider.PROPERTY + "=scalar");
    }
    int wanted =
        bits == null || bits.equals("scalar")
            ? FloatVector.SPECIES_PREFERRED.vectorBitSize()
            : Integer.parseInt(bits.substring(bits.indexOf('-') + 1));
    if (wanted >= 512) {
      return FloatVector.SPECIES_512;
    }
    return wanted >= 256 ? FloatVector.SPECIES_256 : FloatVector.SPECIES_128;
  }
}
