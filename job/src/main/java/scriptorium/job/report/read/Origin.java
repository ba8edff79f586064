package scriptorium.job.report.read;

/** Who wrote a text, as far as its row or the user says. */
public enum Origin {
  HUMAN("human", "human"),
  SYNTHETIC("a machine", "synthetic: written by a machine"),
  UNSTATED("not stated", "origin not stated");

  private final String word;
  private final String words;

  Origin(String word, String words) {
    this.word = word;
    this.words = words;
  }

  public String word() {
    return word;
  }

  public String words() {
    return words;
  }
}
