package scriptorium.engine;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import scriptorium.engine.checkpoint.TensorReader;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.memory.StoredTensor;
import scriptorium.engine.model.CanonicalTensors;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.tokenizer.BytePairTokenizer;

/**
 * A model on its way from the driver to the executors: shape, hash, tokenizer files, tensors in
 * canonical order, all big endian but the tensors' own bytes. The wire form is written and read
 * here alone. An open stream hands out its tensors in the order in which they come; one lives at a
 * time, two with its bias. Not thread-safe.
 */
public final class ModelStream implements Function<String, StoredTensor>, AutoCloseable {
  /** Begins the stream; its last byte rises with every change of the form. */
  static final long MAGIC = 0x5343524950544f34L;

  private static final int PIECE = 1 << 20;

  private final DataInputStream data;
  private final Gpt2Config config;
  private final String weightsHash;
  private final BytePairTokenizer tokenizer;
  private final Map<String, long[]> shapes;
  private Arena arena = Arena.ofShared();
  private Arena previous = Arena.ofShared();

  private ModelStream(
      DataInputStream data, Gpt2Config config, String weightsHash, BytePairTokenizer tokenizer) {
    this.data = data;
    this.config = config;
    this.weightsHash = weightsHash;
    this.tokenizer = tokenizer;
    shapes = CanonicalTensors.shapes(config);
  }

  /**
   * Writes everything that {@link Model#read} needs.
   *
   * @param hash what {@link ModelFolder#weightsHash} gives, which takes seconds to find out again
   * @throws IOException where the stream takes no more
   */
  public static void write(ModelFolder model, String hash, OutputStream out) throws IOException {
    try (TensorReader reader = model.reader()) {
      write(
          model.config(),
          hash,
          model.tokenizer(),
          model.checkpoint().tensorNames().stream().map(reader),
          out);
    }
  }

  /** The same of a model in parts, its tensors in canonical order. */
  static void write(
      Gpt2Config config,
      String hash,
      BytePairTokenizer tokenizer,
      Stream<StoredTensor> tensors,
      OutputStream out)
      throws IOException {
    DataOutputStream data = new DataOutputStream(new BufferedOutputStream(out, PIECE));
    writeHead(config, hash, tokenizer, data);
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    for (Iterator<StoredTensor> next = tensors.iterator(); next.hasNext(); ) {
      write(next.next(), piece, data);
    }
    data.flush();
  }

  private static void writeHead(
      Gpt2Config config, String hash, BytePairTokenizer tokenizer, DataOutputStream data)
      throws IOException {
    data.writeLong(MAGIC);
    data.writeInt(config.vocabSize());
    data.writeInt(config.contextLength());
    data.writeInt(config.embeddingSize());
    data.writeInt(config.numLayers());
    data.writeInt(config.numHeads());
    data.writeFloat(config.layerNormEpsilon());
    data.writeInt(config.mlpSize());
    data.writeBoolean(config.tiedHead());
    data.writeBoolean(config.layerScaledAttention());
    data.writeUTF(hash);
    List<byte[]> files = tokenizer.files();
    data.writeInt(files.size());
    for (byte[] file : files) {
      data.writeInt(file.length);
      data.write(file);
    }
    data.writeInt(tokenizer.endOfText());
  }

  private static void write(StoredTensor tensor, ByteBuffer piece, DataOutputStream data)
      throws IOException {
    data.writeUTF(tensor.name());
    data.writeUTF(tensor.type().name());
    data.writeInt(tensor.shape().length);
    for (long size : tensor.shape()) {
      data.writeLong(size);
    }
    for (long at = 0; at < tensor.data().byteSize(); at += PIECE) {
      long size = Math.min(PIECE, tensor.data().byteSize() - at);
      piece.clear().put(tensor.data().asSlice(at, size).asByteBuffer());
      data.write(piece.array(), 0, piece.position());
    }
  }

  /**
   * Reads what comes before the tensors.
   *
   * @throws IOException if the stream ends early, or is another
   * @throws IllegalArgumentException if it is damaged
   */
  static ModelStream open(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(new BufferedInputStream(in, PIECE));
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
    return new ModelStream(data, config, hash, tokenizer);
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

  /** Shape of the model. */
  Gpt2Config config() {
    return config;
  }

  /** See {@link ModelFolder#weightsHash}. */
  String weightsHash() {
    return weightsHash;
  }

  /** The tokenizer that belongs to the model. */
  BytePairTokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * The next tensor.
   *
   * @param name its canonical name
   * @throws UncheckedIOException if the stream ends early, or has another tensor next
   */
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
    byte[] piece = new byte[PIECE];
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
