package scriptorium.job.models;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.channels.UnresolvedAddressException;

/** A file that did not come, however often it was asked for: the network's fault or the host's. */
final class UnreachableException extends IOException {
  private static final long serialVersionUID = 1;

  UnreachableException(URI address, IOException cause) {
    super(
        "Host " + address.getHost() + " does not give " + address + " (" + reason(cause) + ")",
        cause);
  }

  private static String reason(IOException cause) {
    for (Throwable at = cause; at != null; at = at.getCause()) {
      if (at instanceof UnresolvedAddressException) {
        return "no address is known for its name";
      }
    }
    if (cause.getMessage() != null) {
      return cause.getMessage();
    }
    return cause instanceof ConnectException ? "no connection" : cause.getClass().getSimpleName();
  }
}
