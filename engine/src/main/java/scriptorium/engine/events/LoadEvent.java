package scriptorium.engine.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A model that was packed into memory. */
@Name("scriptorium.Load")
@Label("Load")
@Category("Scriptorium")
@Description("The weights of a model, packed off the heap")
@StackTrace(false)
public final class LoadEvent extends Event {
  private static final LoadEvent ASKED = new LoadEvent();

  @Label("Weights Hash")
  @Description("SHA-256 of the weights, as in the manifest")
  private String weightsHash;

  @Label("Bytes")
  @Description("Packed weights off the heap")
  @DataAmount
  private long bytes;

  private LoadEvent() {}

  /** A model that begins to load; null while nobody records this. */
  public static LoadEvent started() {
    if (!ASKED.isEnabled()) {
      return null;
    }
    LoadEvent event = new LoadEvent();
    event.begin();
    return event;
  }

  /** The model is loaded. */
  public void ended(String weightsHash, long bytes) {
    end();
    if (shouldCommit()) {
      this.weightsHash = weightsHash;
      this.bytes = bytes;
      commit();
    }
  }
}
