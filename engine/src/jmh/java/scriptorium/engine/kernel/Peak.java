package scriptorium.engine.kernel;

import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;

import jdk.incubator.vector.FloatVector;

/**
 * The fused multiply-adds that one core can do: a loop of them on registers alone, 12 chains at the
 * kernels' vector width. Measured in the JVM of a benchmark, so that a share of it is a share of
 * what that core gave then.
 */
public final class Peak {
  private static final int ROUNDS = 4_000_000;
  private static final int CHAINS = 12;
  private static float sink;

  private Peak() {}

  /** GFLOP/s of the calling thread, the best of several tries. */
  public static double gflops() {
    double best = 0;
    for (int i = 0; i < 12; i++) {
      long start = System.nanoTime();
      sink += chains(ROUNDS, 0.999f, 1e-6f);
      double seconds = (System.nanoTime() - start) / 1e9;
      best = Math.max(best, 2.0 * FLOAT.length() * CHAINS * ROUNDS / seconds / 1e9);
    }
    return best;
  }

  private static float chains(int rounds, float factor, float summand) {
    FloatVector x = FloatVector.broadcast(FLOAT, factor);
    FloatVector y = FloatVector.broadcast(FLOAT, summand);
    FloatVector a = x;
    FloatVector b = x;
    FloatVector c = x;
    FloatVector d = x;
    FloatVector e = x;
    FloatVector f = x;
    FloatVector g = y;
    FloatVector h = y;
    FloatVector i = y;
    FloatVector j = y;
    FloatVector k = y;
    FloatVector l = y;
    for (int round = 0; round < rounds; round++) {
      a = a.fma(x, y);
      b = b.fma(x, y);
      c = c.fma(x, y);
      d = d.fma(x, y);
      e = e.fma(x, y);
      f = f.fma(x, y);
      g = g.fma(x, y);
      h = h.fma(x, y);
      i = i.fma(x, y);
      j = j.fma(x, y);
      k = k.fma(x, y);
      l = l.fma(x, y);
    }
    FloatVector sum = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k);
    return sum.add(l).lane(0);
  }
}
