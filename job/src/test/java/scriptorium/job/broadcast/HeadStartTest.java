package scriptorium.job.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.TestModels;

/** A model is there, and its work that is thrown away ends, when the first task asks for it. */
class HeadStartTest {
  private static final EngineOptions OPTIONS = new EngineOptions(1, 2, 0, 0);

  /** The folder is gone by then: what the task gets has been loaded before. */
  @Test
  void theFirstTaskFindsTheWeightsAndNoOtherWork() throws Exception {
    Path path = TestModels.tinyFolderWith("wpe.weight", 3, 0.5F);
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger atWork = new AtomicInteger();
    try (ModelFolder folder = ModelFolder.open(path)) {
      BroadcastModel model = new BroadcastModel(folder, true);
      HeadStart ahead =
          HeadStart.begin(
              folder,
              OPTIONS,
              engine -> {
                atWork.incrementAndGet();
                begun.countDown();
                try {
                  new CountDownLatch(1).await(); // work without end
                } finally {
                  atWork.decrementAndGet();
                }
              });
      begun.await();
      Files.delete(path.resolve("model.safetensors"));
      Engine engine = model.acquire(OPTIONS);
      try {
        assertEquals(0, atWork.get());
        assertEquals(folder.weightsHash(), engine.model().weightsHash());
      } finally {
        ExecutorModel.release();
        ahead.close();
      }
    }
  }

  /** Closing before the weights are loaded waits for them, and does no work. */
  @Test
  void aRunThatEndsAtOnceEndsItsHeadStart() {
    AtomicInteger works = new AtomicInteger();
    try (ModelFolder folder = ModelFolder.open(TestModels.tinyFolder("tiny"))) {
      HeadStart ahead =
          HeadStart.begin(
              folder,
              OPTIONS,
              engine -> {
                works.incrementAndGet();
                throw new IllegalStateException("work that fails");
              });
      ahead.close();
      int done = works.get();
      ahead.close();
      assertEquals(done, works.get());
    }
  }
}
