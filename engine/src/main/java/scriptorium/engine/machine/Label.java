package scriptorium.engine.machine;

import java.util.ArrayList;
import java.util.List;

/** A place in the code of one assembler, which jumps may name before it is reached. */
public final class Label {
  private final List<Integer> uses = new ArrayList<>();
  private int place = -1;

  /** A label without a place yet. */
  public Label() {}

  boolean isPlaced() {
    return place >= 0;
  }

  int place() {
    return place;
  }

  void place(int at) {
    if (isPlaced()) {
      throw new IllegalStateException("Label is placed already, at byte " + place);
    }
    place = at;
  }

  void use(int at) {
    uses.add(at);
  }

  List<Integer> uses() {
    return uses;
  }
}
