package scriptorium.engine.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One forward step of the running batch. */
@Name("scriptorium.Step")
@Label("Step")
@Category("Scriptorium")
@Description("A forward step of the running batch")
@StackTrace(false)
public final class StepEvent extends Event {
  private static final StepEvent ASKED = new StepEvent();

  @Label("Rows")
  @Description("Tokens that went through the layers")
  private int rows;

  @Label("Sequences")
  @Description("Sequences that had rows in the step")
  private int sequences;

  @Label("Head Rows")
  @Description("Rows whose next-token distribution was computed")
  private int headRows;

  private StepEvent() {}

  /** A step that begins; null while nobody records steps. */
  public static StepEvent started() {
    if (!ASKED.isEnabled()) {
      return null;
    }
    StepEvent event = new StepEvent();
    event.begin();
    return event;
  }

  /** The step has ended. */
  public void ended(int rows, int sequences, int headRows) {
    end();
    if (shouldCommit()) {
      this.rows = rows;
      this.sequences = sequences;
      this.headRows = headRows;
      commit();
    }
  }
}
