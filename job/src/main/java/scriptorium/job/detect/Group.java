package scriptorium.job.detect;

import java.util.List;

/**
 * What was trained on and held against: human texts and those of a family, or of all.
 *
 * @param family "all" for all
 * @param rows of human and synthetic texts in train, valid and test
 */
record Group(String family, List<long[]> rows, List<Results> detectors) {}
