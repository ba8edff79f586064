package scriptorium.job.command;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Arguments as the JVM has them: it decodes them by the locale's charset, and so they are damaged
 * where that is another than they were written in. The launcher sees to UTF-8; spark-submit does
 * not.
 */
final class Arguments {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  private Arguments() {}

  /** What is wrong with them, in one line; null for nothing. */
  static String wrong(String... arguments) {
    Charset charset =
        Charset.forName(System.getProperty("sun.jnu.encoding"), Charset.defaultCharset());
    return wrong(charset, COMMAND_LINE, arguments);
  }

  /**
   * The same of a charset that they were decoded by.
   *
   * @param commandLine a file of the bytes that they were decoded from, which need not be there
   */
  static String wrong(Charset charset, Path commandLine, String... arguments) {
    boolean utf8 = charset.equals(StandardCharsets.UTF_8);
    for (String argument : arguments) {
      if (!utf8 && argument.chars().anyMatch(c -> c > 127)) {
        return "Argument "
            + argument.replace('\ufffd', '?')
            + " has letters beyond ASCII, which arrive wrong in this locale's charset "
            + charset
            + ": export LC_ALL=C.UTF-8 and run it again";
      }
      if (utf8 && argument.indexOf('\ufffd') >= 0 && !isUtf8(commandLine)) {
        return "Argument " + argument + " is not in UTF-8: give it in UTF-8";
      }
    }
    return null;
  }

  /** Whether a file is UTF-8; true where it cannot be read. */
  private static boolean isUtf8(Path file) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file)));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
