package scriptorium.engine.kernel;

import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;

import jdk.incubator.vector.FloatVector;

/** {@link Kernels#peakGflops}: 12 chains of fused multiply-adds at the kernels' vector width. */
final class PanamaPeak {
  private static final int ROUNDS = 4_000_000;
  private static final int CHAINS = 12;
  private static final int TRIES = 12;

  private PanamaPeak() {}

  static double gflops() {
    double best = 0;
    for (int i = 0; i < TRIES; i++) {
      long start = System.nanoTime();
      float result = chains(ROUNDS, 0.999f, 1e-6f);
      double seconds = (System.nanoTime() - start) / 1e9;
      if (result == result) { // never NaN; so that the loop is not dead
        best = Math.max(best, 2.0 * FLOAT.length() * CHAINS * ROUNDS / seconds / 1e9);
      }
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
