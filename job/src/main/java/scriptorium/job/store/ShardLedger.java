package scriptorium.job.store;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import java.io.Serializable;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.RandomAccess;

/**
 * Receipts of shards in columns, some 90 bytes each, so that the state of a run of a million shards
 * is small; receipts are made as they are asked for. Grows by {@link #add}; not thread-safe while
 * it does.
 */
public final class ShardLedger extends AbstractList<ShardReceipt>
    implements RandomAccess, Serializable {
  private static final long serialVersionUID = 1;
  private static final int HASH_BYTES = 32;
  private static final int COUNTS = 5;

  private final ArrayList<Place> places = new ArrayList<>();
  private final HashMap<Place, Integer> placeNumbers = new HashMap<>();
  private int size;
  private int[] place = new int[16];
  private int[] index = new int[16];
  private long[] counts = new long[16 * COUNTS];
  private byte[] hashes = new byte[16 * HASH_BYTES];

  /** A receipt's split and its file around the shard's number. */
  private record Place(String split, String before, String after) implements Serializable {
    static Place of(ShardReceipt receipt) {
      String number = ShardFiles.number(receipt.index());
      int at = receipt.file().lastIndexOf(number);
      return at < 0
          ? new Place(receipt.split(), receipt.file(), null)
          : new Place(
              receipt.split(),
              receipt.file().substring(0, at),
              receipt.file().substring(at + number.length()));
    }

    String file(int index) {
      return after == null ? before : before + ShardFiles.number(index) + after;
    }
  }

  /** A ledger of some receipts, in their order. */
  public static ShardLedger of(Collection<ShardReceipt> receipts) {
    if (receipts instanceof ShardLedger ledger) {
      return ledger;
    }
    ShardLedger ledger = new ShardLedger();
    ledger.addAll(receipts);
    return ledger;
  }

  /** Ledgers of consecutive receipts, so many, of about the same size. */
  public static List<ShardLedger> parts(List<ShardReceipt> receipts, int count) {
    List<ShardLedger> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) receipts.size() * i / count);
      int to = (int) ((long) receipts.size() * (i + 1) / count);
      ShardLedger part = new ShardLedger();
      part.addAll(receipts.subList(from, to));
      parts.add(part);
    }
    return parts;
  }

  /**
   * Takes a receipt.
   *
   * @throws IllegalArgumentException for one without file, split or SHA-256
   */
  @Override
  public boolean add(ShardReceipt receipt) {
    if (receipt == null
        || receipt.file() == null
        || receipt.split() == null
        || receipt.index() < 0) {
      throw new IllegalArgumentException("Shard without a file, split or number: " + receipt);
    }
    byte[] hash = hash(receipt);
    grow();
    place[size] =
        placeNumbers.computeIfAbsent(
            Place.of(receipt),
            fresh -> {
              places.add(fresh);
              return places.size() - 1;
            });
    index[size] = receipt.index();
    int at = size * COUNTS;
    counts[at] = receipt.rows();
    counts[at + 1] = receipt.tokens();
    counts[at + 2] = receipt.ended();
    counts[at + 3] = receipt.errors();
    counts[at + 4] = receipt.bytes();
    System.arraycopy(hash, 0, hashes, size * HASH_BYTES, HASH_BYTES);
    size++;
    return true;
  }

  private static byte[] hash(ShardReceipt receipt) {
    try {
      byte[] hash = HexFormat.of().parseHex(String.valueOf(receipt.sha256()));
      if (hash.length == HASH_BYTES) {
        return hash;
      }
    } catch (IllegalArgumentException e) {
      // told below
    }
    throw new IllegalArgumentException(
        "Shard " + receipt.file() + " has no SHA-256: " + receipt.sha256());
  }

  private void grow() {
    if (size == index.length) {
      int capacity = size * 2;
      place = Arrays.copyOf(place, capacity);
      index = Arrays.copyOf(index, capacity);
      counts = Arrays.copyOf(counts, capacity * COUNTS);
      hashes = Arrays.copyOf(hashes, capacity * HASH_BYTES);
    }
  }

  @Override
  public ShardReceipt get(int i) {
    if (i < 0 || i >= size) {
      throw new IndexOutOfBoundsException("Shard " + i + " of " + size);
    }
    Place where = places.get(place[i]);
    int at = i * COUNTS;
    return new ShardReceipt(
        where.split(),
        index[i],
        where.file(index[i]),
        counts[at],
        counts[at + 1],
        counts[at + 2],
        counts[at + 3],
        counts[at + 4],
        HexFormat.of().formatHex(hashes, i * HASH_BYTES, (i + 1) * HASH_BYTES));
  }

  @Override
  public int size() {
    return size;
  }

  /** Writes a line a receipt. */
  static final class Writer extends JsonSerializer<List<ShardReceipt>> {
    private static final ObjectMapper LINE = new ObjectMapper();

    @Override
    public void serialize(
        List<ShardReceipt> receipts, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeStartArray();
      for (ShardReceipt receipt : receipts) {
        json.writeRawValue("\n" + LINE.writeValueAsString(receipt));
      }
      json.writeEndArray();
    }
  }

  /** Reads receipt by receipt. */
  static final class Reader extends JsonDeserializer<List<ShardReceipt>> {
    @Override
    public List<ShardReceipt> deserialize(JsonParser json, DeserializationContext context)
        throws IOException {
      if (!json.isExpectedStartArrayToken()) {
        context.reportInputMismatch(this, "Shards are not a list");
      }
      ShardLedger ledger = new ShardLedger();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        ShardReceipt receipt = context.readValue(json, ShardReceipt.class);
        try {
          ledger.add(receipt);
        } catch (IllegalArgumentException e) {
          context.reportInputMismatch(this, "Shard entry %s", String.valueOf(e.getMessage()));
        }
      }
      return ledger;
    }
  }
}
