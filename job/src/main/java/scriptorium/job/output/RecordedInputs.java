package scriptorium.job.output;

import java.security.MessageDigest;
import java.util.HexFormat;
import scriptorium.job.base.Sha256;
import scriptorium.job.input.InputScan;
import scriptorium.job.input.InputTable;
import scriptorium.job.store.Manifest;

/** The input files of a run, as its manifest records them. Stateless, thread-safe. */
public final class RecordedInputs {
  private RecordedInputs() {}

  /** The manifest's entry of a table; its hash is the hash of the files' hashes in their order. */
  public static Manifest.Inputs of(InputTable table) {
    MessageDigest digest = Sha256.digest();
    for (InputScan scan : table.scans()) {
      digest.update(HexFormat.of().parseHex(scan.sha256()));
    }
    return new Manifest.Inputs(
        Sha256.hex(digest),
        table.rows(),
        table.scans().stream()
            .map(
                scan ->
                    new Manifest.Input(
                        scan.file().path(), scan.sha256(), scan.bytes(), scan.rows(), scan.error()))
            .toList());
  }
}
