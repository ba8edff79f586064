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

  /** Who wrote the text, in a word or two. */
  public String word() {
    return word;
  }

  /** The same, as a heading of samples has it. */
  public String words() {
    return words;
  }
}
