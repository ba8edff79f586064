package scriptorium.job.detect.fit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Limited-memory BFGS for smooth convex functions (Nocedal and Wright, algorithm 7.5). */
final class Lbfgs {
  private static final int MEMORY = 10;
  private static final int MOST_HALVINGS = 40;
  private static final double SUFFICIENT = 1e-4;

  private Lbfgs() {}

  /** A function of a vector. */
  interface Objective {
    /** The value at a point, whose gradient is written over what {@code gradient} holds. */
    double at(double[] point, double[] gradient);
  }

  private record Step(double[] move, double[] turn, double product) {}

  /**
   * The minimum, from a point that is not changed.
   *
   * @param tolerance length of the gradient that is small enough
   */
  static double[] minimum(
      Objective objective, double[] start, double tolerance, int mostIterations) {
    double[] point = start.clone();
    double[] gradient = new double[point.length];
    double value = objective.at(point, gradient);
    Deque<Step> steps = new ArrayDeque<>();
    for (int i = 0; i < mostIterations && norm(gradient) > tolerance; i++) {
      double[] direction = direction(gradient, steps);
      double slope = dot(direction, gradient);
      double length = steps.isEmpty() ? 1 / Math.max(1, norm(gradient)) : 1;
      double[] next = new double[point.length];
      double[] nextGradient = new double[point.length];
      double nextValue = Double.POSITIVE_INFINITY;
      for (int half = 0; half < MOST_HALVINGS; half++) {
        for (int j = 0; j < next.length; j++) {
          next[j] = point[j] + length * direction[j];
        }
        nextValue = objective.at(next, nextGradient);
        if (nextValue <= value + SUFFICIENT * length * slope) {
          break;
        }
        length /= 2;
      }
      if (!(nextValue < value)) {
        break; // as low as doubles tell
      }
      remember(steps, difference(next, point), difference(nextGradient, gradient));
      point = next;
      gradient = nextGradient;
      value = nextValue;
    }
    return point;
  }

  private static void remember(Deque<Step> steps, double[] move, double[] turn) {
    double product = dot(move, turn);
    if (product > 0) {
      steps.addLast(new Step(move, turn, product));
      if (steps.size() > MEMORY) {
        steps.removeFirst();
      }
    }
  }

  private static double[] direction(double[] gradient, Deque<Step> steps) {
    double[] direction = new double[gradient.length];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = -gradient[i];
    }
    if (steps.isEmpty()) {
      return direction;
    }
    List<Step> list = new ArrayList<>(steps);
    double[] factors = new double[list.size()];
    for (int i = list.size() - 1; i >= 0; i--) {
      Step step = list.get(i);
      factors[i] = dot(step.move(), direction) / step.product();
      add(direction, -factors[i], step.turn());
    }
    Step last = list.getLast();
    double scale = last.product() / dot(last.turn(), last.turn());
    for (int i = 0; i < direction.length; i++) {
      direction[i] *= scale;
    }
    for (int i = 0; i < list.size(); i++) {
      Step step = list.get(i);
      double back = dot(step.turn(), direction) / step.product();
      add(direction, factors[i] - back, step.move());
    }
    return direction;
  }

  private static void add(double[] sum, double factor, double[] other) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * other[i];
    }
  }

  private static double[] difference(double[] a, double[] b) {
    double[] difference = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return difference;
  }

  static double norm(double[] vector) {
    return Math.sqrt(dot(vector, vector));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
