package scriptorium.job.store;

import java.util.List;
import scriptorium.job.base.OutputException;

/** The folder that a run fills: a new one, or an earlier run's. */
public final class OutputFolder {
  private OutputFolder() {}

  /**
   * Whether a data set is there; none is in an empty folder.
   *
   * @throws OutputException where the folder holds other files
   */
  public static boolean holdsDataSet(OutputStore store) {
    List<String> names = store.names().stream().filter(name -> !name.startsWith("_")).toList();
    if (names.isEmpty() || Manifest.isIn(store)) {
      return !names.isEmpty();
    }
    throw new OutputException(
        "Output "
            + store.describe("")
            + " holds other files ("
            + names.getFirst()
            + ") and no manifest.json: give an empty folder");
  }

  /**
   * Refuses a data set that another run has written.
   *
   * @throws OutputException naming the first difference
   */
  public static void refuseOther(OutputStore store, Identity there, Identity here) {
    there
        .firstDifference(here)
        .ifPresent(
            difference -> {
              throw new OutputException(
                  "Output "
                      + store.describe("")
                      + " belongs to another run ("
                      + difference
                      + "): give another --out, the same settings, or --overwrite");
            });
  }

  /** Deletes all but the manifest, so that what a crash leaves is still known as a data set. */
  public static void clear(OutputStore store) {
    for (String name : store.names()) {
      if (!name.equals(Manifest.FILE) && !name.startsWith("_lock")) {
        store.delete(name);
      }
    }
  }
}
