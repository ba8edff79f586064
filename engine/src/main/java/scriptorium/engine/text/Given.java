package scriptorium.engine.text;

/** The check of arguments that a caller left null. */
public final class Given {
  private Given() {}

  /**
   * The value, if it is there.
   *
   * @param name begins the message, such as "Prompts"
   * @param remedy what to give, such as "an iterator"
   * @throws IllegalArgumentException for null, in one line
   */
  public static <T> T notNull(T value, String name, String remedy) {
    if (value == null) {
      throw new IllegalArgumentException(name + " null: give " + remedy);
    }
    return value;
  }
}
