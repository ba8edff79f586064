package scriptorium.job.store;

import java.util.List;
import java.util.Map;
import scriptorium.engine.Engine;
import scriptorium.engine.ModelFolder;

/**
 * Collects what the manifest of a run says before anything is written. The files of models, whose
 * hashes take long, are read by {@link #begin} alone. Used by one thread.
 */
public final class ManifestBuilder {
  private final Manifest.Command command;
  private final String name;
  private ModelFolder model;
  private ModelFolder observer;
  private Manifest.Prompts prompts;
  private Manifest.Inputs inputs;
  private Map<String, Object> settings = Map.of();
  private List<Manifest.Split> splits = List.of();

  /** The manifest of a command's data set of a name. */
  public ManifestBuilder(Manifest.Command command, String name) {
    this.command = command;
    this.name = name;
  }

  /** The model; null for none. */
  public ManifestBuilder model(ModelFolder folder) {
    model = folder;
    return this;
  }

  /** The second model of scores; null for none. */
  public ManifestBuilder observer(ModelFolder folder) {
    observer = folder;
    return this;
  }

  /** The prompts file; null for none. */
  public ManifestBuilder prompts(Manifest.Prompts entry) {
    prompts = entry;
    return this;
  }

  /** The texts that are read; null for a command that reads none, and until they are known. */
  public ManifestBuilder inputs(Manifest.Inputs entry) {
    inputs = entry;
    return this;
  }

  /** Every resolved setting that decides bytes. */
  public ManifestBuilder settings(Map<String, Object> decisive) {
    settings = decisive;
    return this;
  }

  /** The splits, in the order of their random streams. */
  public ManifestBuilder splits(List<Manifest.Split> all) {
    splits = List.copyOf(all);
    return this;
  }

  /** What decides the bytes. */
  public Identity identity() {
    return manifest("", Map.of(), false).identity();
  }

  /**
   * The manifest of a run that begins now and has written nothing.
   *
   * @param placement settings that decide no bytes: where and how wide the run is
   */
  public Manifest begin(Map<String, Object> placement) {
    return manifest(Manifest.now(), placement, true);
  }

  private Manifest manifest(String started, Map<String, Object> placement, boolean withFiles) {
    return new Manifest(
        Manifest.FORMAT_VERSION,
        Engine.NUMERICS_VERSION,
        name,
        command,
        Manifest.State.RUNNING,
        started,
        null,
        Manifest.Code.current(),
        model == null ? null : Manifest.Model.of(model, withFiles),
        observer == null ? null : Manifest.Model.of(observer, withFiles),
        prompts,
        inputs,
        settings,
        placement,
        splits,
        Manifest.Totals.of(List.of()),
        List.of(),
        List.of());
  }
}
