package scriptorium.job.detect;

/**
 * A row of a corpus without its text.
 *
 * @param id within the split
 * @param family that it was sampled by, "human" for none
 * @param characters of the text
 * @param scores by the place of {@link Scores}, NaN where it has none
 */
record TextRow(
    long id, String split, String family, boolean synthetic, int characters, double[] scores) {
  double score(Scores which) {
    return scores[which.ordinal()];
  }
}
