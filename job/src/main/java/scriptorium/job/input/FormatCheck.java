package scriptorium.job.input;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.InputException;
import scriptorium.job.input.format.Codec;
import scriptorium.job.input.format.Content;
import scriptorium.job.input.format.InputFormat;

/**
 * Tells how a file holds rows by the ending of its name and its first bytes together, or refuses
 * it: what is not understood without doubt is not read.
 */
final class FormatCheck {
  private static final int HEAD_BYTES = 1 << 16;

  private final String path;
  private final String name;
  private final InputFormat given;
  private final Configuration conf;
  private Content stored;

  private FormatCheck(String path, InputFormat given, Configuration conf) {
    this.path = path;
    this.given = given;
    this.conf = conf;
    name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
  }

  /** Whether the ending of a name tells a format. */
  static boolean hasKnownEnding(String name) {
    return InputFormat.ofName(Codec.withoutEnding(name.toLowerCase(Locale.ROOT))).isPresent();
  }

  /**
   * A file with its format and codec; nothing if neither name nor content tells the format.
   *
   * @param given the format that the user names, null for none
   * @throws InputException if name and content do not agree, or the content is not read
   */
  static Optional<InputFile> find(String path, InputFormat given, Configuration conf) {
    FormatCheck check = new FormatCheck(path, given, conf);
    return check.format(check.codec());
  }

  /** As {@link #find}, for a file that the user names. */
  static InputFile require(String path, InputFormat given, Configuration conf) {
    return find(path, given, conf)
        .orElseThrow(
            () ->
                new InputException(
                    "Input "
                        + path
                        + " is of an unknown format: name it with --input-format ("
                        + InputFormat.words()
                        + ")"));
  }

  private Codec codec() {
    stored = content(Codec.NONE);
    byte[] head = stored.head();
    Codec named = Codec.ofName(name);
    Codec found = Codec.ofContent(head).orElse(Codec.NONE);
    if (named == found) {
      return named;
    }
    if (named == Codec.NONE) {
      if (given == null && hasKnownEnding(name)) {
        throw refused(
            "is "
                + found.word()
                + " data by its first bytes: give its name the ending "
                + found.endings().getFirst());
      }
      return found;
    }
    if (found != Codec.NONE) {
      throw refused(
          "is "
              + found.word()
              + " data, not "
              + named.word()
              + ": give its name the ending "
              + found.endings().getFirst());
    }
    if (named.needsMagic()) {
      throw refused(
          (head.length == 0 ? "is empty, no " : "is no ")
              + named.word()
              + " data: give its name the right ending, or compress it anew");
    }
    return named;
  }

  private Optional<InputFile> format(Codec codec) {
    Content content = codec == Codec.NONE ? stored : content(codec);
    content
        .foreign()
        .ifPresent(
            what -> {
              throw refused("is " + what + " (" + InputFormat.words() + " are read)");
            });
    Optional<InputFormat> magic = content.format();
    Optional<InputFormat> named =
        given != null ? Optional.of(given) : InputFormat.ofName(Codec.withoutEnding(name));
    if (named.isEmpty() && magic.isEmpty()) {
      return Optional.empty();
    }
    InputFormat format = named.or(() -> magic).orElseThrow();
    if (magic.isPresent() && magic.get() != format) {
      throw refused(
          "is of the format "
              + magic.get().title()
              + ", not "
              + format.title()
              + ": give its name the ending "
              + magic.get().endings().getFirst()
              + ", or --input-format "
              + magic.get().word());
    }
    if (!format.isText()) {
      binary(format, magic.isPresent(), codec);
    }
    if (given == null) {
      format = byContent(format, content);
    }
    return Optional.of(new InputFile(path, format, codec));
  }

  private void binary(InputFormat format, boolean hasMagic, Codec codec) {
    if (!hasMagic) {
      throw refused(
          "is no file of the format "
              + format.title()
              + ": its first bytes are others; give its name the right ending, or --input-format");
    }
    if (codec != Codec.NONE) {
      throw refused("is " + format.title() + " under " + codec.word() + ": unpack it");
    }
  }

  /** What endings alone do not tell. */
  private InputFormat byContent(InputFormat format, Content content) {
    if (format == InputFormat.TEXT && content.isJsonLines()) {
      throw refused(
          "has JSON objects in its lines, but its name says text: give --input-format jsonl, or"
              + " --input-format text for texts that are JSON");
    }
    if (format == InputFormat.JSONL && content.isArrayOfObjects()) {
      throw refused(
          "holds one JSON array, but its name says JSON lines: give its name the ending .json, or"
              + " --input-format json");
    }
    if (format == InputFormat.JSON && !content.isJsonOverLines()) {
      return InputFormat.JSONL;
    }
    return format;
  }

  /** The first bytes, unpacked; refused if not a byte can be unpacked. */
  private Content content(Codec codec) {
    try (InputStream in = new InputFile(path, InputFormat.TEXT, codec).content(0, conf)) {
      return Content.of(in, HEAD_BYTES);
    } catch (IOException e) {
      throw new InputException(
          "Input "
              + path
              + " cannot be read as "
              + codec.word()
              + " data ("
              + e.getMessage()
              + "): give its name the right ending, or compress it anew",
          e);
    }
  }

  private InputException refused(String what) {
    return new InputException("Input " + path + " " + what);
  }
}
