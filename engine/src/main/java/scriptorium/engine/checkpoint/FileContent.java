package scriptorium.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** What a file is whose content is not of the format that its name says, by its first bytes. */
final class FileContent {
  private static final int LONGEST = 32;

  /** First bytes, as characters of ISO 8859-1, and what they say. */
  private record Kind(Pattern start, String text) {
    Kind(String start, String text) {
      this(Pattern.compile(start, Pattern.DOTALL), text);
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "version https://git-lfs",
              "a pointer of Git LFS in place of the file: run git lfs pull"),
          new Kind("<[!?A-Za-z]", "a web page in place of the file: download the file itself"),
          new Kind("\\{\\s*\"", "a server's answer in place of the file: download the file itself"),
          new Kind("GGUF", "a GGUF file: name it so, with the ending .gguf"),
          new Kind("(tjgg|lmgg)", "a GGML file from before GGUF: take the model's GGUF file"),
          new Kind("PK\3\4", "a PyTorch pickle or a ZIP archive: save the model as safetensors"),
          new Kind("\u0080[\2-\5]", "a PyTorch pickle: save the model as safetensors"),
          new Kind("\u0089HDF", "a Keras file: save the model as safetensors"),
          new Kind("\u001f\u008b", "compressed by gzip: unpack it"));

  private FileContent() {}

  /** What the file is and what to do; cut short or no {@code wanted} if that is unknown. */
  static String instead(MemorySegment file, String wanted) {
    byte[] bytes =
        file.asSlice(0, Math.min(LONGEST, file.byteSize())).toArray(ValueLayout.JAVA_BYTE);
    String start = new String(bytes, StandardCharsets.ISO_8859_1);
    return KINDS.stream()
        .filter(kind -> kind.start.matcher(start).lookingAt())
        .map(Kind::text)
        .findFirst()
        .orElse("cut short or no " + wanted + " file: fetch it again");
  }
}
