package scriptorium.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.Function;
import scriptorium.engine.checkpoint.TensorReader;
import scriptorium.engine.events.LoadEvent;
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
   * Reads what {@link ModelStream#write} wrote, packing tensor by tensor as they arrive; nothing of
   * the weights touches the heap but a buffer.
   *
   * @throws IOException if the stream ends early, or is not what {@code write} writes
   */
  public static Model read(InputStream in) throws IOException {
    try (ModelStream stream = ModelStream.open(in)) {
      return pack(stream.config(), stream, stream.tokenizer(), stream.weightsHash());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IOException("The model stream is damaged: " + e.getMessage(), e);
    }
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
}
