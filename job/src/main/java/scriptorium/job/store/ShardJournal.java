package scriptorium.job.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.Texts;

/**
 * Receipts that the manifest does not have yet, in the small files {@code _receipts/000000.jsonl}
 * ..., each whole or not there: what a run that is killed leaves to the next one. Used by one
 * thread.
 */
public final class ShardJournal {
  private static final String FOLDER = "_receipts";
  private static final Pattern NAME = Pattern.compile("[0-9]{6}\\.jsonl");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final OutputStore store;
  private final List<String> segments = new ArrayList<>();

  /** The journal of an output, with what an earlier run has left. */
  public ShardJournal(OutputStore store) {
    this.store = store;
    store.names(FOLDER).stream()
        .filter(name -> NAME.matcher(name).matches())
        .sorted()
        .forEach(segments::add);
  }

  /** Number of files. */
  public int size() {
    return segments.size();
  }

  /** Adds a file of receipts. */
  public void append(List<ShardReceipt> receipts) {
    int number = segments.isEmpty() ? 0 : Integer.parseInt(segments.getLast().substring(0, 6)) + 1;
    String segment = String.format(Locale.ROOT, "%06d.jsonl", number);
    store.write(
        FOLDER + "/" + segment,
        out -> {
          for (ShardReceipt receipt : receipts) {
            out.write(JSON.writeValueAsBytes(receipt));
            out.write('\n');
          }
        });
    segments.add(segment);
  }

  /** Hands over all receipts, the oldest first; a line that is not a receipt is skipped. */
  public void read(Consumer<ShardReceipt> receipts) {
    for (String segment : segments) {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(store.open(FOLDER + "/" + segment), StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          try {
            receipts.accept(JSON.readValue(line, ShardReceipt.class)); // null of "null"
          } catch (JsonProcessingException | IllegalArgumentException e) {
            // its shard is read again
          }
        }
      } catch (IOException e) {
        throw new OutputException(
            "Journal "
                + store.describe(FOLDER + "/" + segment)
                + " cannot be read ("
                + Texts.firstLine(e)
                + "): delete it, and its shards are read again",
            e);
      }
    }
  }

  /** Removes all files, once the manifest has their receipts. */
  public void clear() {
    if (!segments.isEmpty()) {
      store.delete(FOLDER);
      segments.clear();
    }
  }
}
