package scriptorium.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.TestModels;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.engine.model.KvCache;

/** Callers that share an engine whose cache holds one context, two pages: none waits for ever. */
class BusyNeighbourTest {
  /** More rows than the neighbour gets done while the other caller is served. */
  private static final int ENDLESS = 1000;

  /** Rows that a caller keeps waiting, so that the neighbour's never run out between two steps. */
  private static final int SLOTS = 16;

  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicInteger neighbours = new AtomicInteger();
  private final CountDownLatch running = new CountDownLatch(3);

  /** The row of the caller who came first needs both pages; those of the neighbour one each. */
  @Test
  void aRowThatWaitsForPagesIsNotOvertaken() throws Exception {
    assertServedBeside(
        i -> {
          if (i == 1) {
            awaitNeighbour();
          }
          return i == 0 ? row(i, 1) : row(i, 62);
        },
        2,
        false);
  }

  /** The neighbour came first and always has rows. */
  @Test
  void anEndlessCallerLetsTheNextOneIn() throws Exception {
    assertServedBeside(i -> row(i, i % 2 == 0 ? 62 : 1), 6, true);
  }

  private void assertServedBeside(IntFunction<Prompt> rows, int count, boolean neighbourFirst)
      throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Engine engine =
            new Engine(TestModels.tiny(), new EngineOptions(2, SLOTS, oneContext(), 0))) {
      CountDownLatch asked = new CountDownLatch(1);
      CompletableFuture<List<Sample>> neighbour =
          CompletableFuture.supplyAsync(
              () -> {
                await(neighbourFirst ? new CountDownLatch(0) : asked);
                return generate(engine, endless(), sample -> running.countDown());
              },
              threads);
      if (neighbourFirst) {
        awaitNeighbour();
      }
      List<Sample> samples =
          generate(
              engine,
              new Rows(
                  count,
                  i -> {
                    asked.countDown();
                    return rows.apply(i);
                  }),
              sample -> {});
      done.set(true);
      assertEquals(count, samples.size());
      assertEquals(neighbours.get(), neighbour.join().size());
      assertTrue(
          neighbours.get() < ENDLESS, "waited for all " + neighbours.get() + " of the neighbour");
    }
  }

  /** Two in flight never end in one step: the first one is shorter, the others are as long. */
  private Iterator<Prompt> endless() {
    Iterator<Prompt> rows = new Rows(ENDLESS, i -> row(i, i == 0 ? 4 : 8));
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return !done.get() && rows.hasNext();
      }

      @Override
      public Prompt next() {
        neighbours.incrementAndGet();
        return rows.next();
      }
    };
  }

  private void awaitNeighbour() {
    await(running);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A row of exactly so many new tokens. */
  private static Prompt row(int id, int newTokens) {
    GenerationConfig config = new GenerationConfig(1, 0, 1, 1, newTokens, 1, false);
    return new Prompt(
        id, new int[0], config.withSampling(config.sampling().withMinNewTokens(newTokens)));
  }

  private static List<Sample> generate(
      Engine engine, Iterator<Prompt> rows, Consumer<Sample> also) {
    List<Sample> samples = new ArrayList<>();
    try {
      engine.generate(
          rows,
          new GenerationConfig(1, 0, 1, 1, 1, 1, false),
          sample -> {
            samples.add(sample);
            also.accept(sample);
          });
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return samples;
  }

  private static long oneContext() {
    Gpt2Config config = TestModels.tiny().config();
    int pages = KvCache.pagesFor(config, CacheType.F32, config.contextLength());
    assertEquals(2, pages);
    return pages * KvCache.pageBytes(config, CacheType.F32);
  }

  /** Rows by their number. */
  private static final class Rows implements Iterator<Prompt> {
    private final int count;
    private final IntFunction<Prompt> rows;
    private int next;

    Rows(int count, IntFunction<Prompt> rows) {
      this.count = count;
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      return next < count;
    }

    @Override
    public Prompt next() {
      return rows.apply(next++);
    }
  }
}
