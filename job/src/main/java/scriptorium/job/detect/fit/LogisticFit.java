package scriptorium.job.detect.fit;

import java.io.Serializable;
import java.util.List;

/**
 * Logistic regression as scikit-learn's with liblinear: half the squared length of the weights, the
 * bias among them, plus C times the rows' losses is least. C is the one with the highest accuracy
 * on the validation rows, the lowest of equal ones; the weights are those fitted to the training
 * rows alone, as the public baseline does. Where the classes have different counts, each weighs the
 * same. Weights hold one value a feature, then the bias.
 *
 * @param c the choice
 * @param validAccuracy of the choice, the mean of both classes' shares
 */
public record LogisticFit(double[] weights, double c, double validAccuracy) {
  /** 1/64 to 64 as the public baseline. */
  private static final int LEAST_EXPONENT = -6;

  private static final int MOST_EXPONENT = 6;
  private static final int MOST_ITERATIONS = 1000;

  /** Of the gradient at zero; liblinear stops at 1e-4. */
  private static final double TOLERANCE = 1e-5;

  private record Sums(double loss, double[] gradient) implements Serializable {}

  /** Fits and chooses. */
  public static LogisticFit choose(RowBatches train, RowBatches valid, int features) {
    double[] weights = new double[features + 1];
    LogisticFit best = null;
    for (int exponent = LEAST_EXPONENT; exponent <= MOST_EXPONENT; exponent++) {
      double c = Math.scalb(1.0, exponent);
      weights = fit(train, c, weights); // from the last one's, which is near
      double accuracy = accuracy(valid, weights);
      if (best == null || accuracy > best.validAccuracy()) {
        best = new LogisticFit(weights, c, accuracy);
      }
    }
    return best;
  }

  /** The weights for one C, sought from others. */
  public static double[] fit(RowBatches train, double c, double[] from) {
    double rows = train.human() + train.synthetic();
    double human = rows / (2 * train.human());
    double synthetic = rows / (2 * train.synthetic());
    double decay = 1 / (c * rows);
    Lbfgs.Objective objective =
        (point, gradient) -> {
          List<Sums> all =
              train.map(point, (batch, weights) -> sums(batch, weights, human, synthetic));
          double loss = 0;
          double length = 0;
          java.util.Arrays.fill(gradient, 0);
          for (Sums sums : all) {
            loss += sums.loss();
            for (int i = 0; i < gradient.length; i++) {
              gradient[i] += sums.gradient()[i];
            }
          }
          for (int i = 0; i < gradient.length; i++) {
            gradient[i] = gradient[i] / rows + decay * point[i];
            length += point[i] * point[i];
          }
          return loss / rows + decay * length / 2;
        };
    double[] atZero = new double[from.length];
    objective.at(new double[from.length], atZero);
    return Lbfgs.minimum(objective, from, TOLERANCE * Lbfgs.norm(atZero), MOST_ITERATIONS);
  }

  private static Sums sums(SparseRows batch, double[] weights, double human, double synthetic) {
    double loss = 0;
    double[] gradient = new double[weights.length];
    for (int row = 0; row < batch.rows(); row++) {
      boolean one = batch.synthetic()[row];
      double weight = one ? synthetic : human;
      double margin = batch.margin(row, weights);
      double wrong = one ? -margin : margin;
      double small = StrictMath.exp(-Math.abs(wrong));
      loss += weight * (Math.max(wrong, 0) + StrictMath.log1p(small));
      double share = (wrong > 0 ? 1 : small) / (1 + small);
      double slope = (one ? -weight : weight) * share;
      for (int i = batch.starts()[row]; i < batch.starts()[row + 1]; i++) {
        gradient[batch.columns()[i]] += slope * batch.values()[i];
      }
      gradient[gradient.length - 1] += slope;
    }
    return new Sums(loss, gradient);
  }

  /** The mean of the shares of both classes that are told right. */
  static double accuracy(RowBatches rows, double[] weights) {
    long human = 0;
    long synthetic = 0;
    for (long[] right : rows.map(weights, LogisticFit::right)) {
      human += right[0];
      synthetic += right[1];
    }
    return ((double) human / rows.human() + (double) synthetic / rows.synthetic()) / 2;
  }

  private static long[] right(SparseRows batch, double[] weights) {
    long[] right = new long[2];
    for (int row = 0; row < batch.rows(); row++) {
      boolean one = batch.synthetic()[row];
      if (batch.margin(row, weights) > 0 == one) {
        right[one ? 1 : 0]++;
      }
    }
    return right;
  }

  /** The probability of a margin. */
  public static double probability(double margin) {
    return 1 / (1 + StrictMath.exp(-margin));
  }
}
