package scriptorium.engine.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.TestModels;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;
import scriptorium.engine.generation.TokenWindow;

/** What the flight recorder is told, against what the engine gave. */
class RecordedEventsTest {
  private static final int PROMPT = 3;

  @TempDir Path folder;

  @Test
  void stepsSequencesAndLoadsAddUpToTheWork() throws Exception {
    int[] generated = new int[1];
    int[] scored = new int[1];
    String hash;
    long bytes;
    List<RecordedEvent> events;
    try (Recording recording = new Recording()) {
      for (String name : List.of("Step", "Sequence", "Load")) {
        recording.enable("scriptorium." + name).withoutThreshold();
      }
      recording.start();
      try (ModelFolder opened = ModelFolder.open(TestModels.tinyFolder("tiny"));
          Model model = Model.load(opened);
          Engine engine = new Engine(model, new EngineOptions(2, 3, 0, 0))) {
        hash = model.weightsHash();
        bytes = model.offHeapBytes();
        generate(engine, generated);
        score(engine, scored);
      }
      recording.stop();
      Path file = folder.resolve("recording.jfr");
      recording.dump(file);
      events = RecordingFile.readAllEvents(file);
    }
    List<RecordedEvent> loads = of(events, "Load");
    assertEquals(1, loads.size());
    assertEquals(hash, loads.getFirst().getString("weightsHash"));
    assertEquals(bytes, loads.getFirst().getLong("bytes"));
    List<RecordedEvent> sequences = of(events, "Sequence");
    assertEquals(11, sequences.size());
    assertEquals(generated[0], tokens(sequences, "generate"));
    assertEquals(scored[0], tokens(sequences, "score"));
    assertEquals(
        7,
        sequences.stream()
            .filter(e -> e.getLong("id") < 7)
            .map(e -> e.getLong("id"))
            .distinct()
            .count());
    List<RecordedEvent> steps = of(events, "Step");
    assertEquals(generated[0] + scored[0], sum(steps, "headRows"));
    assertEquals(sum(sequences, "positions"), sum(steps, "rows"));
    for (RecordedEvent step : steps) {
      assertTrue(step.getInt("sequences") >= 1 && step.getInt("sequences") <= 3, step.toString());
      assertTrue(step.getDuration().isPositive(), step.toString());
    }
  }

  private static void generate(Engine engine, int[] tokens) throws InterruptedException {
    engine.generate(
        LongStream.range(0, 7).mapToObj(i -> new Prompt(i, new int[PROMPT])).iterator(),
        new GenerationConfig(1, 40, 1, 1, 9, 1, false),
        sample -> tokens[0] += sample.tokens().length);
  }

  private static void score(Engine engine, int[] tokens) throws InterruptedException {
    int end = engine.model().tokenizer().endOfText();
    engine.score(
        IntStream.range(100, 104)
            .mapToObj(i -> TokenWindow.ofText(i, new int[] {i, 5, i, 7, 11}, end))
            .iterator(),
        false,
        score -> tokens[0] += score.tokenLogLikelihoods().length);
  }

  private static List<RecordedEvent> of(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("scriptorium." + name))
        .toList();
  }

  private static long tokens(List<RecordedEvent> sequences, String work) {
    return sum(
        sequences.stream().filter(event -> event.getString("work").equals(work)).toList(),
        "tokens");
  }

  private static long sum(List<RecordedEvent> events, String field) {
    return events.stream().mapToLong(event -> event.getLong(field)).sum();
  }

  @Test
  void nothingIsAllocatedWhileNobodyRecords() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 10; i++) {
      assertNull(StepEvent.started());
      assertNull(SequenceEvent.started());
      assertNull(LoadEvent.started());
    }
    threads.getCurrentThreadAllocatedBytes();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 10_000; i++) {
      StepEvent.started();
      SequenceEvent.started();
    }
    assertEquals(0, threads.getCurrentThreadAllocatedBytes() - before);
  }
}
