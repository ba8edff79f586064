package scriptorium.job.broadcast;

import java.io.Externalizable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.io.OutputStream;
import java.nio.file.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.KnownSizeEstimation;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.ModelStream;

/**
 * A model on its way to the executors. On the driver it is a folder; serialised, it is the stream
 * of {@link ModelStream#write} in pieces; on an executor the stream is packed off the heap while it
 * arrives. Where driver and executor are one JVM, only the folder travels. It holds no memory of
 * its own, so that Spark may drop it at any time.
 */
public final class BroadcastModel implements Externalizable, KnownSizeEstimation {
  private static final long serialVersionUID = 1;
  private static final int PIECE = 1 << 20;

  private String folder;
  private String hash;
  private boolean oneJvm;

  /** For deserialisation. */
  public BroadcastModel() {}

  /**
   * The model of a folder.
   *
   * @param oneJvm whether the executors' tasks run in the driver's JVM
   */
  public BroadcastModel(ModelFolder model, boolean oneJvm) {
    this.folder = model.path().toString();
    this.hash = model.weightsHash();
    this.oneJvm = oneJvm;
  }

  /** Broadcasts the model of a folder. */
  public static Shared<BroadcastModel> send(SparkContext spark, ModelFolder model) {
    return Shared.of(
        JavaSparkContext.fromSparkContext(spark), new BroadcastModel(model, spark.isLocal()));
  }

  /** This JVM's engine for the model; given back by {@link ExecutorModel#release}. */
  public Engine acquire(EngineOptions options) {
    return ExecutorModel.acquire(this, null, options);
  }

  /** The same, of an engine that scores with a second model; null for none. */
  public Engine acquire(BroadcastModel observer, EngineOptions options) {
    return ExecutorModel.acquire(this, observer, options);
  }

  String hash() {
    return hash;
  }

  /** Where the model lies, null where it has come by broadcast. */
  String folder() {
    return folder;
  }

  @Override
  public long estimatedSize() {
    return 256; // what it holds on the heap
  }

  @Override
  public void writeExternal(ObjectOutput out) throws IOException {
    out.writeUTF(hash);
    out.writeBoolean(oneJvm);
    if (oneJvm) {
      out.writeUTF(folder);
      return;
    }
    try (ModelFolder model = ModelFolder.open(Path.of(folder))) {
      ModelStream.write(model, hash, new Pieces(out));
    }
    out.writeInt(0);
  }

  @Override
  public void readExternal(ObjectInput in) throws IOException {
    hash = in.readUTF();
    oneJvm = in.readBoolean();
    if (oneJvm) {
      folder = in.readUTF();
      return;
    }
    try (InputStream pieces = new PieceStream(in)) {
      hash = ExecutorModel.keep(Model.read(pieces));
      pieces.transferTo(OutputStream.nullOutputStream());
    }
  }

  /** Writes pieces, each behind its length. */
  private static final class Pieces extends OutputStream {
    private final ObjectOutput out;

    Pieces(ObjectOutput out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      for (int at = 0; at < length; at += PIECE) {
        int size = Math.min(PIECE, length - at);
        out.writeInt(size);
        out.write(bytes, from + at, size);
      }
    }
  }

  /** Reads pieces up to the empty one. */
  private static final class PieceStream extends FilterInputStream {
    private final ObjectInput source;
    private int left;
    private boolean ended;

    PieceStream(ObjectInput source) {
      super(InputStream.nullInputStream());
      this.source = source;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      if (left == 0 && !ended) {
        left = source.readInt();
        ended = left == 0;
      }
      if (ended) {
        return -1;
      }
      int size = Math.min(left, length);
      source.readFully(bytes, from, size);
      left -= size;
      return size;
    }

    @Override
    public int available() {
      return left;
    }
  }
}
