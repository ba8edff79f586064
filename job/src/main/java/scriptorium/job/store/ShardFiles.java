package scriptorium.job.store;

import java.io.Serializable;
import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import scriptorium.job.base.ShardFormat;

/**
 * How the files of shards are named: {@code NAME.SPLIT/part-00000.jsonl} and so on. Immutable.
 *
 * @param format of the shards, which is the files' ending
 */
public record ShardFiles(ShardFormat format) implements Serializable {
  private static final Pattern PART = Pattern.compile("part-([0-9]{5,9})\\.(jsonl|parquet)");

  /** The folder of a split. */
  public static String folder(String name, String split) {
    return name + "." + split;
  }

  /** A shard's number in five digits or more. */
  static String number(int index) {
    String digits = Integer.toString(index);
    return "0".repeat(Math.max(0, 5 - digits.length())) + digits;
  }

  /** The file of a shard, from the output folder. */
  public String file(String folder, int index) {
    return folder + "/part-" + number(index) + "." + format.word();
  }

  /** Numbers of the shards that a split's folder holds. */
  public BitSet in(OutputStore store, String folder) {
    BitSet found = new BitSet();
    store.list(
        folder,
        name -> {
          Matcher matcher = PART.matcher(name);
          if (matcher.matches() && matcher.group(2).equals(format.word())) {
            found.set(Integer.parseInt(matcher.group(1)));
          }
        });
    return found;
  }
}
