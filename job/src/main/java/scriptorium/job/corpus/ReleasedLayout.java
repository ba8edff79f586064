package scriptorium.job.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import scriptorium.job.base.Sha256;
import scriptorium.job.broadcast.Parcels;
import scriptorium.job.output.WrittenRows;
import scriptorium.job.spark.HadoopSettings;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;
import scriptorium.job.store.ShardReceipt;

/**
 * A corpus once more as files of the released gpt-2-output-dataset, which its TF-IDF baseline and
 * its RoBERTa detector read: {@code webtext.train.jsonl} with the human texts, a file a split and
 * synthetic source beside it, rows {id, ended, length, text}.
 */
final class ReleasedLayout {
  private static final String HUMAN = "webtext";

  private ReleasedLayout() {}

  /** One file: the rows of some sources in a split. */
  private record File(
      String out, String lock, String name, Set<String> sources, List<String> shards)
      implements Serializable {
    Manifest.Merged write() {
      OutputStore store = new OutputStore(out, HadoopSettings.current());
      store.guardBy(lock);
      Sha256.Content written = store.write(name, bytes -> write(store, bytes));
      return new Manifest.Merged(name, written.bytes(), written.sha256());
    }

    private void write(OutputStore store, OutputStream bytes) throws IOException {
      ObjectMapper json = new ObjectMapper();
      for (String shard : shards) {
        try (WrittenRows rows = WrittenRows.open(store, shard)) {
          for (ObjectNode row = rows.next(); row != null; row = rows.next()) {
            if (sources.contains(row.path("source").asText())) {
              bytes.write(json.writeValueAsBytes(released(json, row)));
              bytes.write('\n');
            }
          }
        }
      }
    }

    private static ObjectNode released(ObjectMapper json, ObjectNode row) {
      ObjectNode released = json.createObjectNode();
      released.set("id", row.get("id"));
      JsonNode ended = row.path("ended");
      released.put("ended", !ended.isBoolean() || ended.booleanValue()); // human texts end
      released.set("length", row.path("length").isIntegralNumber() ? row.get("length") : null);
      released.set("text", row.get("text"));
      return released;
    }
  }

  static List<Manifest.Merged> write(
      JavaSparkContext spark,
      OutputStore store,
      Manifest manifest,
      List<CorpusSource> sources,
      String lock) {
    List<File> files = new ArrayList<>();
    for (Manifest.Split split : manifest.splits()) {
      List<String> shards =
          manifest.shards().stream()
              .filter(shard -> shard.split().equals(split.name()))
              .map(ShardReceipt::file)
              .toList();
      Set<String> human =
          sources.stream()
              .filter(CorpusSource::human)
              .map(CorpusSource::name)
              .collect(Collectors.toSet());
      files.add(file(store, lock, HUMAN, split, human, shards));
      for (CorpusSource source : sources) {
        if (!source.human()) {
          files.add(file(store, lock, source.name(), split, Set.of(source.name()), shards));
        }
      }
    }
    return Parcels.collect(Parcels.distribute(spark, files, files.size()).map(File::write));
  }

  private static File file(
      OutputStore store,
      String lock,
      String name,
      Manifest.Split split,
      Set<String> sources,
      List<String> shards) {
    return new File(
        store.describe(""), lock, name + "." + split.name() + ".jsonl", sources, shards);
  }
}
