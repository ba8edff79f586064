package scriptorium.job.base;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of contents. Stateless, thread-safe. */
public final class Sha256 {
  private Sha256() {}

  /** A content's size in bytes, and its hash in hexadecimal digits. */
  public record Content(long bytes, String sha256) {}

  /** A digest that has read nothing yet. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  /** The hash of what a digest has read, in hexadecimal digits; the digest begins anew. */
  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Reads a stream to its end, without closing it. */
  public static Content of(InputStream in) throws IOException {
    MessageDigest digest = digest();
    long bytes = new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
    return new Content(bytes, hex(digest));
  }
}
