package scriptorium.job.report.read;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import scriptorium.job.base.DataSetFiles;
import scriptorium.job.base.OutputException;
import scriptorium.job.base.Texts;
import scriptorium.job.base.UserException;
import scriptorium.job.store.LenientManifest;
import scriptorium.job.store.Manifest;
import scriptorium.job.store.OutputStore;

/**
 * Reads what a folder says of itself: {@code manifest.json} of a data set, {@code results.json} of
 * {@code detect}. A manifest may be another version's or another program's, so that it is read as a
 * {@link LenientManifest}; what is wrong with a folder is a {@link UserException} in one line.
 * Stateless.
 */
public final class ManifestReader {
  private static final String RESULTS = DataSetFiles.RESULTS;
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(100)
                          .maxStringLength(1 << 20)
                          .build())
                  .build())
          .build();

  private ManifestReader() {}

  /** What a folder holds: a data set, or the results of {@code detect}. */
  public static ReportInput read(String folder, int ordinal, boolean human, Configuration hadoop) {
    try {
      OutputStore store = new OutputStore(folder, hadoop);
      if (store.exists(Manifest.FILE)) {
        return new ReportInput(dataSet(store, ordinal, human), null);
      }
      if (store.exists(RESULTS)) {
        return new ReportInput(null, DetectResults.of(results(store), store.describe(RESULTS)));
      }
      throw new UserException(
          "Folder "
              + store.describe("")
              + " has neither manifest.json nor results.json: give a folder that generate, score, corpus or"
              + " detect wrote");
    } catch (OutputException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static RecordedDataSet dataSet(OutputStore store, int ordinal, boolean human) {
    LenientManifest read = LenientManifest.read(store);
    return new RecordedDataSet(ordinal, store, human, read.manifest(), read.sha256());
  }

  private static JsonNode results(OutputStore store) {
    if (store.size(RESULTS) > 64 << 20) {
      throw new UserException(
          "Results "
              + store.describe(RESULTS)
              + " have "
              + store.size(RESULTS)
              + " bytes: detect writes no more than 64 MiB");
    }
    try (InputStream in = store.open(RESULTS)) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new UserException(
          "Results "
              + store.describe(RESULTS)
              + " are no JSON ("
              + Texts.firstLine(e)
              + "): give the folder that detect wrote",
          e);
    }
  }
}
