package scriptorium.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import scriptorium.engine.checkpoint.CheckpointException;
import scriptorium.engine.checkpoint.CheckpointWriter;
import scriptorium.engine.checkpoint.WeightsFormat;
import scriptorium.engine.memory.DataType;

/**
 * Writes a model folder in another layout or element type. The new folder is there whole or not at
 * all. Stateless, thread-safe.
 */
public final class ModelConverter {
  /** Layouts that are written. */
  public static final List<String> LAYOUTS = List.of("safetensors", "tensorflow");

  /** Element types that are written. */
  public static final List<String> TYPES = List.of("f32", "f16", "bf16");

  private ModelConverter() {}

  /**
   * Converts a model; the folder written is opened again, and its weights are compared by their
   * hash where the element type stays.
   *
   * @param target folder that is not there yet
   * @param layout one of {@link #LAYOUTS}
   * @param type one of {@link #TYPES}; null for the types that the tensors have
   * @param maxShardBytes bytes of weights a safetensors file holds at most; 0 for one file
   * @throws ModelException in one line, where the target is there or the model does not fit
   */
  public static void convert(
      ModelFolder source, Path target, String layout, String type, long maxShardBytes) {
    WeightsFormat format = format(layout, type, maxShardBytes);
    Path at = target.toAbsolutePath().normalize();
    if (Files.exists(at) || at.getFileName() == null) {
      throw new ModelException("Folder " + target + " is there already: give a new one");
    }
    Path work = null;
    try {
      Files.createDirectories(at.getParent());
      work =
          Files.createDirectory(
              at.resolveSibling("." + at.getFileName() + "." + UUID.randomUUID()));
      CheckpointWriter.write(
          source.checkpoint(),
          source.tokenizer().files(),
          source.tokenizer().endOfText(),
          format,
          work);
      check(source, work, format);
      Files.move(work, at, StandardCopyOption.ATOMIC_MOVE);
      work = null;
    } catch (CheckpointException e) {
      throw new ModelException(
          "Model " + source.name() + " cannot be written: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new ModelException(
          "Folder "
              + target
              + " cannot be written ("
              + e
              + "): free space or grant the rights, or give another",
          e);
    } finally {
      delete(work);
    }
  }

  private static WeightsFormat format(String layout, String type, long maxShardBytes) {
    if (!LAYOUTS.contains(layout)) {
      throw new ModelException("Layout " + layout + ": give one of " + String.join(", ", LAYOUTS));
    }
    if (type != null && !TYPES.contains(type)) {
      throw new ModelException("Type " + type + ": give one of " + String.join(", ", TYPES));
    }
    if (maxShardBytes < 0) {
      throw new ModelException(
          "Shard size " + maxShardBytes + " is no number of bytes: give 1 or more");
    }
    if (maxShardBytes > 0 && layout.equals("tensorflow")) {
      throw new ModelException(
          "Shard size "
              + maxShardBytes
              + " goes with safetensors: leave it out, TensorFlow's data is one file");
    }
    return new WeightsFormat(
        WeightsFormat.Layout.valueOf(layout.toUpperCase(Locale.ROOT)),
        type == null ? null : DataType.valueOf(type.toUpperCase(Locale.ROOT)),
        maxShardBytes);
  }

  private static void check(ModelFolder source, Path written, WeightsFormat format) {
    try (ModelFolder folder = ModelFolder.open(written)) {
      boolean same =
          format.type() == null
              || source.checkpoint().tensorNames().stream()
                  .allMatch(name -> source.checkpoint().tensor(name).type() == format.type());
      if (same && !folder.weightsHash().equals(source.weightsHash())) {
        throw new ModelException(
            "Folder " + written + " has other weights than those written: check the disk");
      }
    }
  }

  private static void delete(Path work) {
    if (work == null) {
      return;
    }
    try (var files = Files.list(work)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(work);
    } catch (IOException e) {
      // the failure that led here says more
    }
  }
}
