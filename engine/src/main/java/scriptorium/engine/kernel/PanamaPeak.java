package scriptorium.engine.kernel;

import static scriptorium.engine.kernel.PanamaSpecies.FLOAT;

import jdk.incubator.vector.FloatVector;

/**
 * {@link Kernels#peakGflops}: 12 chains of fused multiply-adds at the kernels' vector width. Two a
 * cycle with a latency of four or five cycles take ten chains, and 12 accumulators fit 16 registers
 * beside the two factors. An accumulator is the addend, which the instruction overwrites: as a
 * factor it takes a copy of the addend for each product, and the copies cost 5 % of the rate here
 * and up to a third on processors of AVX2. Within 1 % of the same chains in assembly at 256 and 512
 * bits; a loop of twice the length is no faster.
 */
final class PanamaPeak {
  private static final int ROUNDS = 4_000_000;
  private static final int CHAINS = 12;
  private static final int TRIES = 12;

  private PanamaPeak() {}

  static double gflops() {
    double best = 0;
    for (int i = 0; i < TRIES; i++) {
      long start = System.nanoTime();
      float result = chains(ROUNDS, 0.5f, 1e-6f);
      double seconds = (System.nanoTime() - start) / 1e9;
      if (result == result) { // never NaN; so that the loop is not dead
        best = Math.max(best, 2.0 * FLOAT.length() * CHAINS * ROUNDS / seconds / 1e9);
      }
    }
    return best;
  }

  private static float chains(int rounds, float factor, float other) {
    FloatVector x = FloatVector.broadcast(FLOAT, factor);
    FloatVector y = FloatVector.broadcast(FLOAT, other);
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
      a = x.fma(y, a);
      b = x.fma(y, b);
      c = x.fma(y, c);
      d = x.fma(y, d);
      e = x.fma(y, e);
      f = x.fma(y, f);
      g = x.fma(y, g);
      h = x.fma(y, h);
      i = x.fma(y, i);
      j = x.fma(y, j);
      k = x.fma(y, k);
      l = x.fma(y, l);
    }
    FloatVector sum = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k);
    return sum.add(l).lane(0);
  }
}
