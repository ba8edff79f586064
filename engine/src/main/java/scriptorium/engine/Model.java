package scriptorium.engine;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import scriptorium.engine.checkpoint.CanonicalTensors;
import scriptorium.engine.checkpoint.TensorReader;
import scriptorium.engine.events.LoadEvent;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.OffHeap;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.Gpt2Weights;
import scriptorium.engine.model.WorkerGroup;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * A model ready to run: weights packed off the Java heap, and its tokenizer. Immutable and shared
 * by threads and engines. Closing it frees the weights, once the engines that run it are closed
 * too.
 */
public final class Model implements AutoCloseable {
  /** Begins the stream from driver to executors; its last byte rises with every change of it. */
  static final long MAGIC = 0x5343524950544f34L;

  private final Gpt2Weights weights;
  private final BytePairTokenizer tokenizer;
  private final String weightsHash;
  private final OffHeap offHeap;
  private int engines;
  private boolean closed;

  private Model(
      Gpt2Weights weights, BytePairTokenizer tokenizer, String weightsHash, OffHeap offHeap) {
    this.weights = weights;
    this.tokenizer = tokenizer;
    this.weightsHash = weightsHash;
    this.offHeap = offHeap;
  }

  /** Packs the weights of a folder. */
  public static Model load(ModelFolder folder) {
    try (TensorReader reader = folder.reader()) {
      return pack(folder.config(), reader, folder.tokenizer(), folder.weightsHash());
    }
  }

  /**
   * Reads what {@link ModelFolder#transferTo} wrote, packing tensor by tensor as they arrive;
   * nothing of the weights touches the heap but a buffer.
   *
   * @throws IOException if the stream ends early, or is not what {@code transferTo} writes
   */
  public static Model read(InputStream in) throws IOException {
    try {
      return read(new DataInputStream(new BufferedInputStream(in, 1 << 20)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IOException("The model stream is damaged: " + e.getMessage(), e);
    }
  }

  private static Model read(DataInputStream data) throws IOException {
    if (data.readLong() != MAGIC) {
      throw new IOException(
          "Not a Scriptorium model stream: driver and executors must run the same version");
    }
    Gpt2Config config =
        new Gpt2Config(
            data.readInt(),
            data.readInt(),
            data.readInt(),
            data.readInt(),
            data.readInt(),
            data.readFloat(),
            data.readInt(),
            data.readBoolean(),
            data.readBoolean());
    String hash = data.readUTF();
    List<byte[]> files = new ArrayList<>();
    int fileCount = data.readInt();
    if (fileCount < 1 || fileCount > 2) {
      throw new IOException("The model stream has " + fileCount + " tokenizer files, not 1 or 2");
    }
    for (int i = 0; i < fileCount; i++) {
      files.add(readBytes(data));
    }
    BytePairTokenizer tokenizer =
        BytePairTokenizer.of(files).fitted(config.vocabSize(), data.readInt());
    try (TensorStream tensors = new TensorStream(data, CanonicalTensors.shapes(config))) {
      return pack(config, tensors, tokenizer, hash);
    }
  }

  private static byte[] readBytes(DataInputStream data) throws IOException {
    int length = data.readInt();
    if (length < 0) {
      throw new IOException("The model stream has a file of " + length + " bytes");
    }
    byte[] bytes = data.readNBytes(length);
    if (bytes.length != length) {
      throw new EOFException("The model stream ends early");
    }
    return bytes;
  }

  private static Model pack(
      Gpt2Config config,
      Function<String, StoredTensor> source,
      BytePairTokenizer tokenizer,
      String hash) {
    LoadEvent event = LoadEvent.started();
    OffHeap offHeap = new OffHeap();
    int threads = Runtime.getRuntime().availableProcessors();
    try (WorkerGroup workers =
        new WorkerGroup(
            threads, Thread.ofPlatform().daemon().name("scriptorium-packer-", 1).factory())) {
      Gpt2Weights weights = Gpt2Weights.pack(config, source, offHeap, workers);
      if (event != null) {
        event.ended(hash, offHeap.bytes());
      }
      return new Model(weights, tokenizer, hash, offHeap);
    } catch (RuntimeException | Error e) {
      offHeap.close();
      throw e;
    }
  }

  /** Shape of the model. */
  public Gpt2Config config() {
    return weights.config();
  }

  /** The tokenizer that belongs to the model. */
  public BytePairTokenizer tokenizer() {
    return tokenizer;
  }

  /** See {@link ModelFolder#weightsHash}. */
  public String weightsHash() {
    return weightsHash;
  }

  /** What the memory of the model and its engine follows from. */
  public ModelSize size() {
    return new ModelSize(config(), offHeap.bytes());
  }

  /** Bytes of the packed weights. */
  public long offHeapBytes() {
    return offHeap.bytes();
  }

  Gpt2Weights weights() {
    return weights;
  }

  /**
   * Keeps the weights for an engine until it calls {@link #release}.
   *
   * @throws IllegalStateException if the model is closed
   */
  synchronized void retain() {
    if (closed) {
      throw new IllegalStateException("The model is closed: load it again to start an engine");
    }
    engines++;
  }

  /** Ends an engine's use of the weights. */
  synchronized void release() {
    engines--;
    free();
  }

  private void free() {
    if (closed && engines == 0) {
      offHeap.close();
    }
  }

  /** Frees the weights, now or when the last engine that runs them is closed. */
  @Override
  public synchronized void close() {
    closed = true;
    free();
  }

  /**
   * The tensors of a stream, which come in the order in which they are asked for; one lives at a
   * time, two with its bias.
   */
  private static final class TensorStream implements Function<String, StoredTensor>, AutoCloseable {
    private final DataInputStream data;
    private final Map<String, long[]> shapes;
    private Arena arena = Arena.ofShared();
    private Arena previous = Arena.ofShared();

    TensorStream(DataInputStream data, Map<String, long[]> shapes) {
      this.data = data;
      this.shapes = shapes;
    }

    @Override
    public StoredTensor apply(String name) {
      try {
        return next(name);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private StoredTensor next(String wanted) throws IOException {
      String name = data.readUTF();
      if (!name.equals(wanted)) {
        throw new IOException("The model stream has " + name + " where " + wanted + " belongs");
      }
      DataType type = DataType.valueOf(data.readUTF());
      long[] shape = shapes.get(name);
      boolean same = data.readInt() == shape.length;
      long bytes = type.bytes();
      for (int i = 0; i < shape.length && same; i++) {
        same = data.readLong() == shape[i];
        bytes = Math.multiplyExact(bytes, shape[i]);
      }
      if (!same) { // before memory is taken for it
        throw new IOException(
            "The model stream has a shape other than " + Arrays.toString(shape) + " for " + name);
      }
      previous.close();
      previous = arena;
      arena = Arena.ofShared();
      MemorySegment memory = arena.allocate(bytes, 64);
      byte[] piece = new byte[1 << 20];
      for (long at = 0; at < bytes; at += piece.length) {
        int size = (int) Math.min(piece.length, bytes - at);
        data.readFully(piece, 0, size);
        MemorySegment.copy(MemorySegment.ofArray(piece), 0, memory, at, size);
      }
      return new StoredTensor(name, type, shape, memory);
    }

    @Override
    public void close() {
      arena.close();
      previous.close();
    }
  }
}
