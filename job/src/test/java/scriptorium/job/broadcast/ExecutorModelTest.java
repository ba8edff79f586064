package scriptorium.job.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;

/** One engine a JVM, for as long as it works. */
class ExecutorModelTest {
  private static final EngineOptions OPTIONS = new EngineOptions(1, 2, 0, 0);

  /** A closed engine stands for one that has failed: neither takes rows. */
  @Test
  void anEngineThatTakesNoRowsIsOpenedAnew() throws Exception {
    Path books = Path.of(System.getProperty("scriptorium.home"), "datasets", "books-8M");
    try (ModelFolder folder = ModelFolder.open(books)) {
      BroadcastModel model = new BroadcastModel(folder, true);
      Engine first = model.acquire(OPTIONS);
      Engine shared = model.acquire(OPTIONS);
      assertSame(first, shared);
      generate(first);
      long before = ExecutorModel.activity().tokens();
      first.close();
      Engine next = model.acquire(OPTIONS); // the first one's tasks have not given it back yet
      assertNotSame(first, next);
      generate(next);
      assertTrue(ExecutorModel.activity().tokens() > before);
      ExecutorModel.release();
      ExecutorModel.release();
      EngineOptions others = new EngineOptions(1, 3, 0, 0);
      assertThrows(IllegalStateException.class, () -> model.acquire(others));
      next.close();
      Engine other = model.acquire(others);
      generate(other);
      assertSame(other, model.acquire(others));
      ExecutorModel.release();
      ExecutorModel.release();
      ExecutorModel.release();
    }
  }

  private static void generate(Engine engine) throws InterruptedException {
    int[] count = new int[1];
    engine.generate(
        List.of(new Prompt(1, new int[0])).iterator(),
        new GenerationConfig(1, 40, 1, 1, 3, 1, false),
        sample -> count[0]++);
    assertEquals(1, count[0]);
  }
}
