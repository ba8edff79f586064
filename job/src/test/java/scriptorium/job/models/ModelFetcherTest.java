package scriptorium.job.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.ModelException;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.job.base.UserException;
import scriptorium.job.models.FaultyServer.Fault;

/** Downloads from a server that stalls, cuts, lies and changes its mind. */
class ModelFetcherTest {
  private static final Path HOME =
      Path.of(System.getProperty("scriptorium.home", "..")).toAbsolutePath().normalize();
  private static final ReleasedModel TINY =
      new ReleasedModel("tiny", "gpt2-tiny", new Gpt2Config(50_257, 64, 20, 3, 4, 1e-5f));
  private static final String WEIGHTS = "model.safetensors";
  private static final int PIECE = 1 << 18;
  private static final FetchSettings SETTINGS =
      new FetchSettings(3, Duration.ofSeconds(20), Duration.ofMillis(1), PIECE, 3);

  @TempDir Path models;
  private FaultyServer server;

  @BeforeEach
  void serve() throws IOException {
    server = new FaultyServer();
    fill(server);
  }

  private static void fill(FaultyServer server) throws IOException {
    Path checkpoints = HOME.resolve("engine/src/test/resources/checkpoints");
    for (String folder : List.of("tiny-tf", "tiny")) {
      try (var files = Files.list(checkpoints.resolve(folder))) {
        for (Path file : files.toList()) {
          server.files.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
      }
    }
    byte[] vocabulary = Files.readAllBytes(HOME.resolve("datasets/gpt2-tokenizer/encoder.json"));
    byte[] merges = Files.readAllBytes(HOME.resolve("datasets/gpt2-tokenizer/vocab.bpe"));
    server.files.put("encoder.json", vocabulary);
    server.files.put("vocab.json", vocabulary);
    server.files.put("vocab.bpe", merges);
    server.files.put("merges.txt", merges);
    server.files.put("model.ckpt.meta", new byte[] {8, 1});
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Path fetch(ReleasedModel model, Source source, FetchSettings settings)
      throws InterruptedException {
    PrintStream nowhere =
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return new ModelFetcher(model, source, server.address(), models, settings, nowhere).fetch();
  }

  /** A run with another server's address, which this change keeps from its end. */
  private void aRunFromAnotherServer(Source source, Consumer<FaultyServer> change)
      throws IOException {
    FaultyServer right = server;
    try (FaultyServer another = new FaultyServer()) {
      fill(another);
      change.accept(another);
      server = another;
      assertThrows(ModelException.class, () -> fetch(TINY, source, SETTINGS));
    } finally {
      server = right;
    }
  }

  private Path fetch() throws InterruptedException {
    return fetch(TINY, Source.SAFETENSORS, SETTINGS);
  }

  private String refused(FetchSettings settings) {
    String message =
        assertThrows(ModelException.class, () -> fetch(TINY, Source.SAFETENSORS, settings))
            .getMessage();
    assertEquals(1, message.lines().count(), message);
    assertFalse(Files.exists(models.resolve("tiny")), "what is not whole has the model's name");
    return message;
  }

  private void stateHash() throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(server.files.get(WEIGHTS));
    server.stated.put(WEIGHTS, HexFormat.of().formatHex(hash));
  }

  private void assertWhole(Path folder, Source source) throws IOException {
    assertEquals(models.resolve("tiny"), folder);
    try (var files = Files.list(folder)) {
      assertEquals(
          new TreeSet<>(source.files()),
          new TreeSet<>(files.map(file -> file.getFileName().toString()).toList()));
    }
    for (String name : source.files()) {
      assertEquals(
          -1,
          java.util.Arrays.mismatch(
              server.files.get(name), Files.readAllBytes(folder.resolve(name))),
          name);
    }
    try (var left = Files.list(models)) {
      assertEquals(List.of(folder), left.toList());
    }
    ModelFolder.open(folder).close();
  }

  @ParameterizedTest
  @EnumSource
  void aModelOfEitherSourceIsFetchedOnce(Source source) throws Exception {
    assertWhole(fetch(TINY, source, SETTINGS), source);
    int requests = server.requests.get();
    fetch(TINY, source, SETTINGS);
    assertEquals(requests, server.requests.get());
  }

  @ParameterizedTest
  @EnumSource(
      names = {"CUT", "EMPTY", "WRONG_RANGE", "STATUS_500", "STATUS_503"},
      mode = EnumSource.Mode.INCLUDE)
  void whatFailsOnceIsAskedForAgain(Fault fault) throws Exception {
    server.fault(WEIGHTS, fault, fault, Fault.NONE, fault, Fault.NONE, fault, Fault.NONE);
    server.fault("config.json", fault, Fault.NONE);
    assertWhole(fetch(), Source.SAFETENSORS);
  }

  @Test
  void aStallIsGivenUpAndTheRestAskedFor() throws Exception {
    server.fault(WEIGHTS, Fault.NONE, Fault.STALL, Fault.NONE);
    FetchSettings quick =
        new FetchSettings(9, Duration.ofSeconds(2), Duration.ofMillis(1), PIECE, 3);
    assertWhole(fetch(TINY, Source.SAFETENSORS, quick), Source.SAFETENSORS);
    long all = Source.SAFETENSORS.files().stream().mapToLong(f -> server.files.get(f).length).sum();
    assertEquals(all + PIECE / 2, server.bytesAsked.get(), "the stalled half alone comes twice");
  }

  @ParameterizedTest
  @EnumSource(names = {"IGNORES_RANGE", "WITHOUT_LENGTH"})
  void aServerWithoutRangesDoes(Fault fault) throws Exception {
    for (String file : Source.SAFETENSORS.files()) {
      server.fault(file, fault);
    }
    assertWhole(fetch(), Source.SAFETENSORS);
    assertEquals(4, server.requests.get(), "each file comes in one answer");
  }

  @Test
  void aFileThatChangesMeanwhileIsBegunAgain() throws Exception {
    server.fault(WEIGHTS, Fault.NONE, Fault.NONE, Fault.CHANGED);
    assertWhole(fetch(), Source.SAFETENSORS);
  }

  @Test
  void aFileThatChangesAllTheTimeIsRefused() {
    Fault[] faults = new Fault[100];
    for (int i = 0; i < faults.length; i++) {
      faults[i] = i % 2 == 0 ? Fault.NONE : Fault.CHANGED;
    }
    server.fault(WEIGHTS, faults);
    assertTrue(refused(SETTINGS).contains("changes on the server while it is fetched"));
  }

  @Test
  void wrongBytesAreFetchedOnceMoreAndThenRefused() throws Exception {
    stateHash();
    server.fault(WEIGHTS, Fault.NONE, Fault.WRONG_BYTES, Fault.NONE);
    assertWhole(fetch(), Source.SAFETENSORS);
  }

  @ParameterizedTest
  @CsvSource({
    "WRONG_BYTES,came with the SHA-256",
    "SHORT_LENGTH,came with the SHA-256",
    "STATUS_404,gives status 404",
    "STATUS_416,changes on the server",
    "STATUS_500,status 500",
    "CUT,does not give",
    "EMPTY,does not give",
    "WRONG_RANGE,another part of the file",
    "REDIRECTED,redirected without end",
  })
  void whatStaysWrongIsRefused(Fault fault, String expected) throws Exception {
    stateHash();
    // a cut always brings half of what is left: it ends where nothing comes any more
    server.fault(WEIGHTS, Fault.NONE, fault == Fault.CUT ? Fault.EMPTY : fault);
    if (fault == Fault.REDIRECTED || fault == Fault.SHORT_LENGTH) {
      server.fault(WEIGHTS, fault);
    }
    String message = refused(SETTINGS);
    assertTrue(message.contains(expected), message);
    assertTrue(message.contains(server.address() + "/" + WEIGHTS), message);
  }

  @ParameterizedTest
  @CsvSource({"vocab.json,0,SHA-256", "merges.txt,1,bytes where the released one has 456318"})
  void knownFilesMustBeTheReleasedOnes(String file, int more, String expected) {
    byte[] other =
        java.util.Arrays.copyOf(server.files.get(file), server.files.get(file).length + more);
    other[100] ^= 1;
    server.files.put(file, other);
    String message = refused(SETTINGS);
    assertTrue(message.contains(file) && message.contains(expected), message);
  }

  @Test
  void aRunBegunAgainAsksForTheRestAlone() throws Exception {
    FetchSettings impatient =
        new FetchSettings(1, Duration.ofSeconds(20), Duration.ofMillis(1), PIECE, 1);
    Fault[] faults = new Fault[7];
    java.util.Arrays.fill(faults, Fault.NONE);
    faults[6] = Fault.STATUS_503;
    server.fault(WEIGHTS, faults);
    String message = refused(impatient);
    assertTrue(message.contains("the same command resumes"), message);
    server.fault(WEIGHTS, Fault.NONE);
    server.bytesAsked.set(0);
    assertWhole(fetch(), Source.SAFETENSORS);
    assertEquals(server.files.get(WEIGHTS).length - 6L * PIECE, server.bytesAsked.get());
  }

  @Test
  void aTornJournalCostsItsPieceAlone() throws Exception {
    aRunStoppedAfterSixPieces();
    Path journal = models.resolve(".tiny.fetch-safetensors/" + WEIGHTS + ".pieces");
    String kept = Files.readString(journal);
    Files.writeString(journal, kept.substring(0, kept.length() - 2) + "x\n");
    assertWhole(fetch(), Source.SAFETENSORS);
  }

  private void aRunStoppedAfterSixPieces() {
    server.fault(
        WEIGHTS,
        Fault.NONE,
        Fault.NONE,
        Fault.NONE,
        Fault.NONE,
        Fault.NONE,
        Fault.NONE,
        Fault.STATUS_404);
    refused(SETTINGS);
    server.fault(WEIGHTS, Fault.NONE);
  }

  @Test
  void aFileOfWhichAnotherVersionWasBegunIsBegunAgain() throws Exception {
    aRunStoppedAfterSixPieces();
    server.fault(WEIGHTS, Fault.CHANGED);
    assertWhole(fetch(), Source.SAFETENSORS);
  }

  @ParameterizedTest
  @EnumSource
  void filesOfAnotherAddressAreBegunAgain(Source source) throws Exception {
    List<String> unpinned =
        TINY.files(source).stream()
            .filter(file -> file.sha256() == null)
            .map(KnownFile::name)
            .toList();
    aRunFromAnotherServer(
        source,
        another -> {
          unpinned.forEach(file -> another.files.compute(file, (name, old) -> withNewline(old)));
          another.files.remove(source.files().getLast());
        });
    assertTrue(
        Files.exists(models.resolve(".tiny.fetch-" + source.word()).resolve(source.shapeFile())));
    assertWhole(fetch(TINY, source, SETTINGS), source);
    assertEquals(
        unpinned.stream().mapToLong(file -> server.files.get(file).length).sum(),
        server.bytesAsked.get(),
        "tokenizer files whose SHA-256 is right stay");
  }

  private static byte[] withNewline(byte[] content) {
    byte[] longer = java.util.Arrays.copyOf(content, content.length + 1);
    longer[content.length] = '\n';
    return longer;
  }

  @Test
  void piecesOfAnotherAddressAreBegunAgain() throws Exception {
    aRunFromAnotherServer(
        Source.SAFETENSORS,
        another -> {
          another.files.get(WEIGHTS)[PIECE / 2] ^= 1; // the size and entity tag are the same
          another.fault(WEIGHTS, Fault.NONE, Fault.NONE, Fault.STATUS_404);
        });
    assertWhole(fetch(), Source.SAFETENSORS);
  }

  @Test
  void aTokenizerFileThatIsNotTheReleasedOneIsBegunAgain() throws Exception {
    aRunFromAnotherServer(Source.SAFETENSORS, another -> another.files.remove(WEIGHTS));
    Path merges = models.resolve(".tiny.fetch-safetensors/merges.txt");
    Files.write(merges, withNewline(Files.readAllBytes(merges)));
    assertWhole(fetch(), Source.SAFETENSORS);
  }

  @ParameterizedTest
  @CsvSource({
    "SAFETENSORS,has n_embd 20 where tiny has n_embd 40",
    "TENSORFLOW,has n_embd 20 where tiny has n_embd 40"
  })
  void anotherModelIsRefusedBeforeItsWeights(Source source, String expected) throws Exception {
    ReleasedModel wider =
        new ReleasedModel("tiny", "gpt2-tiny", new Gpt2Config(50_257, 64, 40, 3, 4, 1e-5f));
    String message =
        assertThrows(ModelException.class, () -> fetch(wider, source, SETTINGS)).getMessage();
    String address = server.address() + "/" + source.shapeFile();
    assertEquals("File " + address + " " + expected + ": give another --base-url", message);
    assertTrue(server.bytesAsked.get() < 10_000, "other files were asked for");
    assertWhole(fetch(TINY, source, SETTINGS), source);
  }

  @ParameterizedTest
  @ValueSource(strings = {"<html>", "", "{}", "[]", "null", "{\"n_embd\": 20.0}"})
  void whatStatesNoShapeIsRefusedBeforeTheWeights(String content) throws Exception {
    byte[] right = server.files.get("config.json");
    server.files.put("config.json", (content + " ").getBytes(StandardCharsets.UTF_8));
    String message = refused(SETTINGS);
    assertTrue(message.startsWith("File " + server.address() + "/config.json "), message);
    assertTrue(message.endsWith(": give another --base-url"), message);
    server.files.put("config.json", right);
    assertWhole(fetch(), Source.SAFETENSORS);
  }

  @Test
  void weightsOfAnotherShapeAreRefused() {
    byte[] other =
        new String(server.files.get(WEIGHTS), StandardCharsets.ISO_8859_1)
            .replaceFirst("50257,20", "25128,40")
            .getBytes(StandardCharsets.ISO_8859_1);
    server.files.put(WEIGHTS, other);
    String message = refused(SETTINGS);
    assertTrue(message.contains("is no whole model"), message);
    assertTrue(message.endsWith("to fetch it again, or give another --base-url"), message);
  }

  @Test
  void aFolderOfAnotherModelIsRefused() throws Exception {
    fetch();
    ReleasedModel wider =
        new ReleasedModel("tiny", "gpt2-tiny", new Gpt2Config(50_257, 64, 40, 3, 4, 1e-5f));
    String message =
        assertThrows(ModelException.class, () -> fetch(wider, Source.SAFETENSORS, SETTINGS))
            .getMessage();
    assertTrue(message.contains("width 20") && message.contains("has 3 layers, width 40"), message);
  }

  @Test
  void aFolderThatIsNoWholeModelIsNamed() throws Exception {
    Files.createDirectory(models.resolve("tiny"));
    String message = assertThrows(ModelException.class, this::fetch).getMessage();
    assertTrue(message.contains("is no whole model"), message);
    assertEquals(0, server.requests.get());
  }

  @Test
  void withoutNetworkTheAddressesAreNamed() {
    String address = server.address();
    server.close();
    String message = refused(SETTINGS);
    assertTrue(message.startsWith("Host 127.0.0.1 does not give " + address), message);
    assertTrue(
        message.endsWith(
            "or download "
                + address
                + "/{config.json,vocab.json,merges.txt,model.safetensors} by hand into "
                + models.resolve("tiny")),
        message);
  }

  @ParameterizedTest
  @CsvSource({"ftp://host/x", "host/x", "http://", "'http://a b/'", "file:///etc"})
  void baseAddressesAreOfTheWeb(String base) {
    String message =
        assertThrows(
                UserException.class,
                () ->
                    new ModelFetcher(TINY, Source.SAFETENSORS, base, models, SETTINGS, System.err)
                        .fetch())
            .getMessage();
    assertTrue(message.startsWith("Base URL "), message);
  }

  @ParameterizedTest
  @CsvSource({
    "124M,124439808,gpt2",
    "355M,354823168,gpt2-medium",
    "774M,774030080,gpt2-large",
    "1558M,1557611200,gpt2-xl"
  })
  void theReleasedShapesHaveTheirParameters(String name, long parameters, String repository) {
    ReleasedModel model = ReleasedModel.find(name);
    Gpt2Config config = model.config();
    long size = config.embeddingSize();
    long layer = 12 * size * size + 13 * size;
    assertEquals(
        parameters,
        (config.vocabSize() + config.contextLength()) * size
            + config.numLayers() * layer
            + 2 * size);
    assertEquals("x/" + repository + "/" + name, model.expand("x/{repository}/{model}/"));
    for (KnownFile file : model.files(Source.TENSORFLOW)) {
      if (file.name().startsWith("model.ckpt.data")) {
        assertEquals(parameters * 4, file.size());
      }
    }
  }
}
