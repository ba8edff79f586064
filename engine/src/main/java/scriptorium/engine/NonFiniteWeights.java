package scriptorium.engine;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;

/**
 * Weights of a model that are NaN or infinite, found while all of them are read. Such a model gives
 * likelihoods that are no numbers, so that it is refused before anything is computed.
 */
final class NonFiniteWeights {
  private final TreeSet<String> tensors = new TreeSet<>();
  private String name;
  private DataType type;
  private long[] shape;
  private float value;
  private long index;
  private long count;

  /**
   * Looks at a piece of a tensor; the pieces come in order.
   *
   * @param from where the piece begins in the tensor's data, in bytes
   */
  void look(StoredTensor tensor, MemorySegment piece, long from) {
    if (tensor.type().allFinite(piece)) {
      return;
    }
    int bytes = tensor.type().bytes();
    for (long i = 0; i < piece.byteSize() / bytes; i++) {
      float found = tensor.type().get(piece, i);
      if (!Float.isFinite(found)) {
        add(tensor, from / bytes + i, found);
      }
    }
  }

  private void add(StoredTensor tensor, long at, float found) {
    if (name == null) {
      name = tensor.name();
      type = tensor.type();
      shape = tensor.shape();
      value = found;
      index = at;
    }
    tensors.add(tensor.name());
    count += tensor.name().equals(name) ? 1 : 0;
  }

  /**
   * Refuses the model if any were found.
   *
   * @throws ModelException with the first tensor, how many it has, and where its first is
   */
  void refuse(Path model) {
    if (name == null) {
      return;
    }
    String others = tensors.size() > 1 ? ", and other tensors: " + (tensors.size() - 1) : "";
    String narrow =
        type == DataType.F16
            ? "; weights above 65504 are infinite in F16, save it as F32 or BF16"
            : "";
    throw new ModelException(
        "Model "
            + model
            + " has weights that are NaN or infinite: "
            + count
            + " of tensor "
            + name
            + ", the first "
            + value
            + " at "
            + Arrays.toString(place())
            + others
            + ": the file is damaged or its training diverged; fetch it again, or take an earlier"
            + " checkpoint"
            + narrow);
  }

  /** The index of the first, size by size. */
  private long[] place() {
    long[] place = new long[shape.length];
    long rest = index;
    for (int i = shape.length - 1; i >= 0; i--) {
      place[i] = rest % shape[i];
      rest /= shape[i];
    }
    return place;
  }
}
