package scriptorium.engine.kernel;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a benchmark did beside its own score: GFLOP/s, and their share of {@link Kernels#peakGflops}
 * in percent. Counted up by the benchmark, divided by the time by JMH.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Rates {
  /** GFLOP/s once JMH has divided by seconds. */
  public double gflops;

  /** Percent of the peak, likewise. */
  public double percentOfPeak;

  private double peak;

  @Setup(Level.Trial)
  public void measurePeak() {
    peak = KernelProvider.kernels().peakGflops();
  }

  @Setup(Level.Iteration)
  public void clear() {
    gflops = 0;
    percentOfPeak = 0;
  }

  /** Adds the arithmetic of one operation. */
  public void add(double flops) {
    gflops += flops / 1e9;
    percentOfPeak += 100 * flops / 1e9 / peak;
  }
}
