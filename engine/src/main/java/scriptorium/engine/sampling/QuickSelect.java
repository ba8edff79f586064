package scriptorium.engine.sampling;

/** Selection by partition (Hoare 1961), in place and without allocation. */
final class QuickSelect {
  private QuickSelect() {}

  /**
   * The k-th largest, k from 1, of the first {@code size} values, which are reordered; the smallest
   * where k is larger than size.
   */
  static float kthLargest(float[] values, int size, int k) {
    int wanted = Math.min(k, size) - 1;
    int low = 0;
    int high = size - 1;
    while (low < high) {
      float pivot = values[(low + high) >>> 1];
      int i = low;
      int j = high;
      while (i <= j) {
        while (values[i] > pivot) {
          i++;
        }
        while (values[j] < pivot) {
          j--;
        }
        if (i <= j) {
          float swapped = values[i];
          values[i] = values[j];
          values[j] = swapped;
          i++;
          j--;
        }
      }
      if (wanted <= j) {
        high = j;
      } else if (wanted >= i) {
        low = i;
      } else {
        return values[wanted];
      }
    }
    return values[wanted];
  }
}
