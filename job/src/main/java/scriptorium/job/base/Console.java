package scriptorium.job.base;

/**
 * Where work tells its user how far it is and what went wrong; whoever starts the work hands it in.
 * Any thread may call.
 */
public interface Console {
  /** Tells nothing. */
  Console SILENT =
      new Console() {
        @Override
        public void warn(String line) {}

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
      };

  /** Tells something that the user has to know. */
  void warn(String line);

  /** Tells how far the work is; nothing where the user asked for quiet. */
  void progress(String line);

  /** As {@link #progress}, in the place of the line before where {@link #replacesLines}. */
  void update(String line);

  /** Removes the line of the last {@link #update} where {@link #replacesLines}. */
  void clear();

  /** Whether a line can be written over, as on a terminal. */
  boolean replacesLines();
}
