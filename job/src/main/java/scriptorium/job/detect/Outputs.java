package scriptorium.job.detect;

import java.util.List;
import scriptorium.job.io.OutputException;
import scriptorium.job.io.ShardStore;

/** The output folder of detect, which is new, or its own of before. */
final class Outputs {
  private Outputs() {}

  /** Refuses a folder that holds something else, or that holds all there is to do. */
  static void check(ShardStore store, boolean overwrite, String last) {
    store.prepare();
    List<String> names = names(store);
    if (names.isEmpty()) {
      return;
    }
    boolean ours = store.exists(last) || names.stream().allMatch(name -> name.equals("models"));
    if (!ours || !overwrite) {
      throw new OutputException(
          "Output "
              + store.describe("")
              + " holds "
              + names.getFirst()
              + ": give an empty folder"
              + (ours ? ", or --overwrite" : ""));
    }
  }

  static void clear(ShardStore store, boolean overwrite) {
    if (overwrite) {
      names(store).forEach(store::delete);
    }
    store.sweep();
  }

  private static List<String> names(ShardStore store) {
    return store.names().stream().filter(name -> !name.startsWith("_")).toList();
  }
}
