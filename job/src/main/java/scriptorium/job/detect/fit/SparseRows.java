package scriptorium.job.detect.fit;

import java.io.Serializable;

/**
 * A batch of rows for a logistic regression, compressed by rows. Arrays are shared, not copied.
 *
 * @param synthetic the classes
 * @param starts where each row's entries begin; one more than rows
 * @param columns of the entries
 * @param values of the entries
 */
public record SparseRows(boolean[] synthetic, int[] starts, int[] columns, double[] values)
    implements Serializable {
  int rows() {
    return synthetic.length;
  }

  /** What a model says of a row: its product with the weights, the last of which is the bias. */
  double margin(int row, double[] weights) {
    double sum = weights[weights.length - 1];
    for (int i = starts[row]; i < starts[row + 1]; i++) {
      sum += weights[columns[i]] * values[i];
    }
    return sum;
  }
}
