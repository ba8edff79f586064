package scriptorium.job.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** What every message to a user is. */
public final class Messages {
  private Messages() {}

  /** One line that a terminal can show, and no page of it. */
  public static void assertOneLine(String message) {
    assertTrue(message.chars().noneMatch(Character::isISOControl), message);
    assertTrue(message.length() < 2000, message);
  }
}
