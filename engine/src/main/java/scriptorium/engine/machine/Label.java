package scriptorium.engine.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * A place in the code of one assembler, which jumps may name before it is reached. Mutable; belongs
 * to the assembler that first uses it.
 */
public final class Label {
  private final List<Integer> uses = new ArrayList<>();
  private Assembler owner;
  private int place = -1;

  /** A label without a place yet. */
  public Label() {}

  /** Whether the assembler, which the label belongs to from now on, has reached it. */
  boolean isPlaced(Assembler assembler) {
    if (owner != null && owner != assembler) {
      throw new IllegalArgumentException("Label belongs to another assembler: make one for each");
    }
    owner = assembler;
    return place >= 0;
  }

  int place() {
    return place;
  }

  void place(Assembler assembler, int at) {
    if (isPlaced(assembler)) {
      throw new IllegalArgumentException(
          "Label has a place already, at byte " + place + ": make one for each place");
    }
    place = at;
  }

  /** Notes where a jump's four bytes lie that wait for the place. */
  void use(int at) {
    uses.add(at);
  }

  List<Integer> uses() {
    return uses;
  }
}
