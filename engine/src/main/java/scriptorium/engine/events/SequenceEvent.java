package scriptorium.engine.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One sequence, from the step that it entered to the one that finished it. */
@Name("scriptorium.Sequence")
@Label("Sequence")
@Category("Scriptorium")
@Description("A sequence from its admission to a slot to its end")
@StackTrace(false)
public final class SequenceEvent extends Event {
  private static final SequenceEvent ASKED = new SequenceEvent();

  @Label("Id")
  @Description("Random stream of a sample, window of a scored text")
  private long id;

  @Label("Work")
  @Description("generate or score")
  private String work;

  @Label("Tokens")
  @Description("Tokens generated or scored, an end token included")
  private int tokens;

  @Label("Positions")
  @Description("Positions that it came to hold in the cache")
  private int positions;

  private SequenceEvent() {}

  /** A sequence that enters a slot; null while nobody records sequences. */
  public static SequenceEvent started() {
    if (!ASKED.isEnabled()) {
      return null;
    }
    SequenceEvent event = new SequenceEvent();
    event.begin();
    return event;
  }

  /** The sequence is finished. */
  public void ended(long id, boolean generated, int tokens, int positions) {
    end();
    if (shouldCommit()) {
      this.id = id;
      work = generated ? "generate" : "score";
      this.tokens = tokens;
      this.positions = positions;
      commit();
    }
  }
}
