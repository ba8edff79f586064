package scriptorium.engine.model;

/**
 * Who claims which tasks of a phase first. Workers form teams of at most {@value #MOST}, as evenly
 * as may be; a phase is shared out among as many teams as it has tasks for, the i-th task of team t
 * being {@code i * teams + t}, so that tasks begin in about the order of their numbers. A worker
 * claims its own team's tasks first and then the next teams'. Pure arithmetic.
 *
 * @param threads workers in all
 */
record Teams(int threads) {
  /** Workers of a team at most: as many as may contend for a counter. */
  static final int MOST = 8;

  /** Number of teams. */
  int count() {
    return Math.ceilDiv(threads, MOST);
  }

  /** First worker of a team; of the team behind the last, the number of workers. */
  int firstWorker(int team) {
    return team * threads / count();
  }

  /** Teams that take part in a phase of so many tasks. */
  int active(int tasks) {
    return Math.min(count(), Math.ceilDiv(tasks, MOST));
  }

  /** How many of a phase's tasks a team has, if so many teams take part. */
  static int tasksOf(int team, int tasks, int active) {
    return (tasks - team + active - 1) / active;
  }

  /** The number of a team's i-th task. */
  static int task(int i, int team, int active) {
    return i * active + team;
  }

  /** The i-th team that a worker of a team claims from, the 0-th its own. */
  static int toHelp(int home, int i, int active) {
    return (home + i) % active;
  }
}
