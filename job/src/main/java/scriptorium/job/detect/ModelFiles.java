package scriptorium.job.detect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.PipelineModel;
import scriptorium.job.base.UserException;
import scriptorium.job.store.OutputStore;

/**
 * Saved detectors: models/FAMILY/DETECTOR/detector.json, and a pipeline where it looks at texts.
 */
final class ModelFiles {
  private static final ObjectReader READER =
      ResultFiles.JSON
          .readerFor(Detector.class)
          .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
  private static final String FOLDER = "models";
  private static final String FILE = "detector.json";

  private final OutputStore store;
  private final String root;

  ModelFiles(String root, Configuration hadoop) {
    this.root = root;
    store = new OutputStore(root, hadoop);
  }

  private static String place(String family, String detector) {
    return FOLDER + "/" + family + "/" + detector;
  }

  void write(String family, Detector detector) {
    store.write(
        place(family, detector.detector()) + "/" + FILE,
        out -> ResultFiles.JSON.writeValue(out, detector));
  }

  void write(String family, TextDetector detector) {
    String name = detector.detector().detector();
    try {
      detector.pipeline().write().overwrite().save(pipeline(family, name));
    } catch (IOException e) {
      throw new scriptorium.job.base.OutputException(
          "Model " + pipeline(family, name) + " cannot be written: " + e.getMessage(), e);
    }
    write(family, detector.detector());
  }

  private String pipeline(String family, String detector) {
    return root + "/" + place(family, detector) + "/pipeline";
  }

  PipelineModel pipeline(String family) {
    return PipelineModel.load(pipeline(family, Detector.TFIDF));
  }

  /** The detectors of a family by name, sorted. */
  Set<Detector> detectors(String family) {
    Set<Detector> detectors = new TreeSet<>(java.util.Comparator.comparing(Detector::detector));
    for (String name : names(FOLDER + "/" + family)) {
      String file = place(family, name) + "/" + FILE;
      try (InputStream in = store.open(file)) {
        Detector detector = READER.readValue(in);
        if (detector == null || !detector.isComplete() || !name.equals(detector.detector())) {
          throw new UserException("Detector " + store.describe(file) + " is damaged: train again");
        }
        detectors.add(detector);
      } catch (JsonProcessingException e) {
        throw new UserException(
            "Detector "
                + store.describe(file)
                + " is damaged ("
                + e.getOriginalMessage()
                + "): train again",
            e);
      } catch (IOException e) {
        throw new UserException(
            "Detector " + store.describe(file) + " cannot be read: " + e.getMessage(), e);
      }
    }
    return detectors;
  }

  /** The family that is meant: one that is named, else all, else the only one. */
  String family(String named) {
    Set<String> families = names(FOLDER);
    if (families.isEmpty()) {
      throw new UserException(
          "Detectors " + root + " are not there: give the folder that detect --corpus wrote");
    }
    String family =
        named != null ? named : families.size() == 1 ? families.iterator().next() : Corpus.ALL;
    if (!families.contains(family)) {
      throw new UserException(
          "Family "
              + family
              + " has no detectors in "
              + root
              + ": give one of "
              + String.join(", ", families));
    }
    return family;
  }

  private Set<String> names(String folder) {
    Set<String> names = new TreeSet<>();
    Path path = new Path(root, folder);
    try {
      FileSystem fileSystem = path.getFileSystem(store.configuration());
      if (fileSystem.exists(path)) {
        for (FileStatus status : fileSystem.listStatus(path)) {
          if (status.isDirectory()) {
            names.add(status.getPath().getName());
          }
        }
      }
    } catch (IOException e) {
      throw new UserException("Detectors " + path + " cannot be read: " + e.getMessage(), e);
    }
    return names;
  }
}
