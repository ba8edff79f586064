package scriptorium.engine.model;

import java.util.Arrays;

/**
 * Where the time of an engine's steps went: seconds, arithmetic and memory traffic of each phase,
 * so that its GFLOP/s and GB/s can be held against the machine's. Written by the thread that drives
 * the engine; read while no step runs.
 */
public final class StepProfile {
  /** The phases of a step, in their order. */
  public enum Phase {
    /** Token and position embeddings. */
    EMBEDDING,
    /** Layer norms. */
    LAYER_NORM,
    /** Matrix product for queries, keys and values. */
    ATTENTION_INPUT,
    /** Attention over the cache. */
    ATTENTION,
    /** Matrix product behind attention. */
    ATTENTION_OUTPUT,
    /** First matrix product of the MLP, and GELU. */
    MLP_UP,
    /** Second matrix product of the MLP. */
    MLP_DOWN,
    /** Logits of the wanted rows. */
    HEAD,
    /** Draws and scores from the logits. */
    SAMPLING
  }

  private static final int PHASES = Phase.values().length;

  private final long[] nanos = new long[PHASES];
  private final long[] flops = new long[PHASES];
  private final long[] bytes = new long[PHASES];

  StepProfile() {}

  void add(Phase phase, long phaseNanos, long phaseFlops, long phaseBytes) {
    int index = phase.ordinal();
    nanos[index] += phaseNanos;
    flops[index] += phaseFlops;
    bytes[index] += phaseBytes;
  }

  /** What has been added since an earlier copy. */
  public StepProfile since(StepProfile earlier) {
    StepProfile difference = new StepProfile();
    for (Phase phase : Phase.values()) {
      int index = phase.ordinal();
      difference.add(
          phase,
          nanos[index] - earlier.nanos[index],
          flops[index] - earlier.flops[index],
          bytes[index] - earlier.bytes[index]);
    }
    return difference;
  }

  /** The state of now. */
  public StepProfile copy() {
    return since(new StepProfile());
  }

  /** Wall time, nanoseconds. */
  public long nanos(Phase phase) {
    return nanos[phase.ordinal()];
  }

  /** Multiplications and additions of matrix products and attention. */
  public long flops(Phase phase) {
    return flops[phase.ordinal()];
  }

  /** Multiplications and additions of all phases. */
  public long flops() {
    return Arrays.stream(flops).sum();
  }

  /** Weights and cache entries that had to be read from memory, each once a step. */
  public long bytes(Phase phase) {
    return bytes[phase.ordinal()];
  }
}
