package scriptorium.job.io;

import java.io.InputStream;
import java.util.Comparator;
import java.util.List;

/**
 * One file a split, its shards one after the other in the order of the ids, named as the released
 * data sets are.
 */
public final class MergedFile {
  private MergedFile() {}

  /** Writes {@code folder + ".jsonl"} from the shards of a split. */
  public static Manifest.Merged write(ShardStore store, String folder, List<ShardReceipt> shards) {
    String file = folder + ".jsonl";
    List<ShardReceipt> ordered =
        shards.stream().sorted(Comparator.comparingInt(ShardReceipt::index)).toList();
    ShardStore.Written written =
        store.write(
            file,
            out -> {
              for (ShardReceipt shard : ordered) {
                try (InputStream in = store.open(shard.file())) {
                  in.transferTo(out);
                }
              }
            });
    return new Manifest.Merged(file, written.bytes(), written.sha256());
  }
}
