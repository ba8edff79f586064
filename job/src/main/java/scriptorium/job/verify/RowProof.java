package scriptorium.job.verify;

import java.util.List;
import scriptorium.job.output.ShardChecker.Defect;

/**
 * What came of proving rows by the model.
 *
 * @param defects rows that are not what the model makes of them, in the order of the files
 * @param rows rows that were held against the model
 * @param errors error rows, which hold nothing of the model and were passed over
 */
public record RowProof(List<Defect> defects, long rows, long errors) {}
