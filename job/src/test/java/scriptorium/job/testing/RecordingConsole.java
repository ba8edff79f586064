package scriptorium.job.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import scriptorium.job.base.Console;

/** A console that keeps what it is warned of. */
public final class RecordingConsole implements Console {
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final Runnable onWarning;

  /** A console that does nothing else. */
  public RecordingConsole() {
    this(() -> {});
  }

  /** A console that does something at each warning, in the thread that warns. */
  public RecordingConsole(Runnable onWarning) {
    this.onWarning = onWarning;
  }

  /** The warnings so far. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  @Override
  public void warn(String line) {
    warnings.add(line);
    onWarning.run();
  }

  @Override
  public void progress(String line) {}

  @Override
  public void update(String line) {}

  @Override
  public void clear() {}

  @Override
  public boolean replacesLines() {
    return false;
  }
}
