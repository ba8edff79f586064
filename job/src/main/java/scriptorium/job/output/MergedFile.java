package scriptorium.job.output;

import java.io.InputStream;
import java.util.List;
import scriptorium.job.base.Sha256;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/**
 * One file a split, its shards one after the other in the order of the ids, named as the released
 * data sets are.
 */
public final class MergedFile {
  private MergedFile() {}

  /**
   * Writes {@code FOLDER.jsonl} of a split.
   *
   * @param shards of all splits, in the order of their numbers
   */
  public static Manifest.Merged write(
      OutputStore store, Manifest.Split split, List<ShardReceipt> shards) {
    String file = split.folder() + ".jsonl";
    Sha256.Content written =
        store.write(
            file,
            out -> {
              for (ShardReceipt shard : shards) {
                if (shard.split().equals(split.name())) {
                  try (InputStream in = store.open(shard.file())) {
                    in.transferTo(out);
                  }
                }
              }
            });
    return new Manifest.Merged(file, written.bytes(), written.sha256());
  }
}
