package scriptorium.engine.checkpoint;

import java.nio.file.Path;
import java.util.Collection;
import java.util.TreeSet;

/**
 * The canonical names of a checkpoint's tensors, before which stands the name of what held the
 * model when it was saved: {@code transformer.}, as transformers writes, or a wrapper's beside it,
 * such as {@code _orig_mod.} of torch.compile, {@code module.} of DistributedDataParallel, {@code
 * model.} of Lightning.
 */
final class TensorNames {
  /** A tensor of every model, by which the prefix is told. */
  private static final String EVERYWHERE = "h.0.ln_1.weight";

  private static final String BODY = "transformer.";
  private static final String ADAPTER = ".lora_";

  /** Before all names, the transformer's own prefix aside. */
  private final String whole;

  private TensorNames(String whole) {
    this.whole = whole;
  }

  /**
   * Finds what stands before the names.
   *
   * @throws CheckpointException where the weights are there more than once, or are an adapter's
   */
  static TensorNames of(Path folder, Collection<String> names) {
    TreeSet<String> prefixes = new TreeSet<>();
    for (String name : names) {
      if (name.contains(ADAPTER)) {
        throw new CheckpointException(
            folder
                + " has a tensor "
                + name
                + " of a LoRA adapter: merge it into its base model, by peft's merge_and_unload, and"
                + " save that");
      }
      if (name.equals(EVERYWHERE) || name.endsWith("." + EVERYWHERE)) {
        prefixes.add(name.substring(0, name.length() - EVERYWHERE.length()));
      }
    }
    if (prefixes.size() > 1) {
      throw new CheckpointException(
          folder
              + " holds the weights of several models, under \""
              + String.join("\" and \"", prefixes)
              + "\": save one of them alone");
    }
    String prefix = prefixes.isEmpty() ? "" : prefixes.first();
    return new TensorNames(
        prefix.endsWith(BODY) ? prefix.substring(0, prefix.length() - BODY.length()) : prefix);
  }

  /** The canonical name; one that stands under no such prefix stays as it is. */
  String canonical(String name) {
    String rest = name.startsWith(whole) ? name.substring(whole.length()) : name;
    return rest.startsWith(BODY) ? rest.substring(BODY.length()) : rest;
  }
}
