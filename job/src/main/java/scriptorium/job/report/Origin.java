package scriptorium.job.report;

/** Who wrote a text, as far as its row or the user says. */
enum Origin {
  HUMAN("human", "human"),
  SYNTHETIC("a machine", "synthetic: written by a machine"),
  UNSTATED("not stated", "origin not stated");

  private final String word;
  private final String words;

  Origin(String word, String words) {
    this.word = word;
    this.words = words;
  }

  String word() {
    return word;
  }

  String words() {
    return words;
  }
}
