package scriptorium.engine.checkpoint;

import java.lang.foreign.Arena;
import java.util.function.Function;
import scriptorium.engine.memory.StoredTensor;

/**
 * Gives the tensors of a checkpoint by canonical name. The last two that were asked for live, a
 * matrix and its bias, so that going through a whole model takes the memory of one tensor. Not
 * thread-safe; each who reads takes one.
 */
public final class TensorReader implements Function<String, StoredTensor>, AutoCloseable {
  private final Checkpoint checkpoint;
  private Arena last = Arena.ofShared();
  private Arena lastButOne = Arena.ofShared();

  TensorReader(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  @Override
  public StoredTensor apply(String name) {
    lastButOne.close();
    lastButOne = last;
    last = Arena.ofShared();
    return checkpoint.read(name, last);
  }

  @Override
  public void close() {
    last.close();
    lastButOne.close();
  }
}
