package scriptorium.job.metrics;

import java.util.function.ToLongFunction;
import scriptorium.engine.generation.Activity;
import scriptorium.job.broadcast.ExecutorModel;

/** What is measured of a JVM's engine. */
enum Measure {
  GENERATED_TOKENS("generatedTokens", true, Activity::generatedTokens),
  SCORED_TOKENS("scoredTokens", true, Activity::scoredTokens),
  SEQUENCES("sequences", true, Activity::sequences),
  ROWS("rows", true, activity -> DoneRows.sum()),
  SLOTS("slots", false, Activity::slots),
  SLOTS_IN_USE("slotsInUse", false, Activity::slotsInUse),
  PAGES("pages", false, Activity::pages),
  PAGES_IN_USE("pagesInUse", false, Activity::pagesInUse),
  WAITING("waiting", false, Activity::waiting);

  /** Ends the name of the gauge. */
  final String label;

  /** Whether it counts what was done, and stays when the JVM goes. */
  final boolean counts;

  private final ToLongFunction<Activity> value;

  Measure(String label, boolean counts, ToLongFunction<Activity> value) {
    this.label = label;
    this.counts = counts;
    this.value = value;
  }

  /** Its value in this JVM. */
  long read() {
    return value.applyAsLong(ExecutorModel.activity());
  }
}
