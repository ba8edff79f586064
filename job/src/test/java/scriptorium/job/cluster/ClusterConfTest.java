package scriptorium.job.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.k8s.KubernetesVolumeUtils;
import org.apache.spark.internal.config.ConfigEntry;
import org.apache.spark.util.Utils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scriptorium.engine.EngineMemory;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.ModelSize;
import scriptorium.engine.memory.DataType;
import scriptorium.engine.model.CacheType;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.job.spark.MemoryNeed;

/** What conf/ and the guide say about clusters, held against Spark, Kubernetes and MemoryNeed. */
class ClusterConfTest {
  private static final Path HOME = Path.of(System.getProperty("scriptorium.home"));
  private static final long MIB = 1 << 20;

  /** Settings of Spark that it registers no entry for, and families of settings. */
  private static final Pattern UNREGISTERED =
      Pattern.compile(
          "spark\\.master|spark\\.executorEnv\\..*|spark\\.yarn\\.appMasterEnv\\..*"
              + "|spark\\.kubernetes\\.(driver|executor)\\.volumes\\..*");

  private static final Pattern FIGURES =
      Pattern.compile(
          "(?m)^\\| (\\w+) \\| ([\\d,]+) MiB \\| (\\d+) of ([\\d,]+) MiB \\| ([\\d,]+) MiB"
              + " \\| ([\\d,]+)m \\| ([\\d,]+)m \\| ([\\d,]+) MiB \\|$");

  private static final Map<String, Gpt2Config> MODELS =
      Map.of(
          "124M", new Gpt2Config(50257, 1024, 768, 12, 12, 1e-5f),
          "355M", new Gpt2Config(50257, 1024, 1024, 24, 16, 1e-5f),
          "774M", new Gpt2Config(50257, 1024, 1280, 36, 20, 1e-5f),
          "1558M", new Gpt2Config(50257, 1024, 1600, 48, 25, 1e-5f));

  @BeforeAll
  static void registerSettings() throws ClassNotFoundException {
    for (String name : List.of("internal.config", "deploy.yarn.config")) {
      Class.forName("org.apache.spark." + name + ".package$");
    }
    Class.forName("org.apache.spark.internal.config.UI$");
    Class.forName("org.apache.spark.deploy.k8s.Config$");
  }

  private static Map<String, String> settings(String file) {
    Map<String, String> settings = new TreeMap<>();
    scala.jdk.javaapi.CollectionConverters.asJava(
            Utils.getPropertiesFromFile(HOME.resolve("conf").resolve(file).toString()))
        .forEach(settings::put);
    assertFalse(settings.isEmpty());
    return settings;
  }

  private static SparkConf conf(Map<String, String> settings) {
    SparkConf conf = new SparkConf(false);
    settings.forEach(conf::set);
    return conf;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spark-defaults.conf",
        "standalone/spark-defaults.conf",
        "yarn/spark-defaults.conf",
        "kubernetes/spark-defaults.conf"
      })
  void sparkKnowsEverySetting(String file) {
    settings(file)
        .forEach(
            (key, value) -> {
              if (!UNREGISTERED.matcher(key).matches()) {
                ConfigEntry<?> entry = ConfigEntry.findEntry(key);
                assertNotNull(entry, file + ": " + key);
                if (entry.valueConverter() != null) {
                  entry.valueConverter().apply(value); // a value of its type
                }
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"standalone", "yarn", "kubernetes"})
  void everyJvmHasItsFlags(String cluster) throws IOException {
    String pom = Files.readString(HOME.resolve("pom.xml"));
    String flags = pom.replaceAll("(?s).*<jvm.flags>([^<]*)</jvm.flags>.*", "$1");
    assertTrue(flags.contains("jdk.incubator.vector"), flags);
    Map<String, String> settings = settings(cluster + "/spark-defaults.conf");
    for (String process : List.of("driver", "executor")) {
      String options = settings.get("spark." + process + ".extraJavaOptions");
      for (String flag : flags.split(" ")) {
        assertTrue(options.contains(flag), options);
      }
      assertTrue(options.contains("-XX:MaxDirectMemorySize=64g"), options);
    }
    settings(cluster + "/spark-defaults.conf")
        .forEach(
            (key, value) -> {
              if (key.startsWith("spark.broadcast") || key.endsWith("heartbeatInterval")) {
                assertEquals(settings("spark-defaults.conf").get(key), value, key);
              }
            });
  }

  private static MemoryNeed need(String model, int sequences, CacheType type) {
    EngineOptions options = new EngineOptions(0, sequences, 0, 0, type);
    EngineMemory memory =
        EngineMemory.of(ModelSize.of(MODELS.get(model), DataType.F32), null, options);
    return new MemoryNeed(
        memory.weightBytes(), memory.leastCacheBytes(), memory.mostCacheBytes(), true);
  }

  private static long number(String figure) {
    return Long.parseLong(figure.replace(",", ""));
  }

  /** Model, weights, sequences, a sequence's cache, cache, heap, overhead, all. */
  private static List<MatchResult> figures() throws IOException {
    String guide = Files.readString(HOME.resolve("job/docs/cluster.md"));
    return FIGURES.matcher(guide).results().toList();
  }

  @Test
  void theGuidesFiguresAreThoseOfMemoryNeed() throws IOException {
    List<String> models = new ArrayList<>();
    for (MatchResult row : figures()) {
      models.add(row.group(1));
      MemoryNeed need = need(row.group(1), Integer.parseInt(row.group(3)), CacheType.F32);
      long heap = number(row.group(6)) * MIB;
      long overhead = number(row.group(7));
      assertEquals(need.weights() / MIB, number(row.group(2)), row.group());
      assertEquals(need.leastCache() / MIB, number(row.group(4)), row.group());
      assertEquals(need.wantedCache() / MIB, number(row.group(5)), row.group());
      long rest = Math.ceilDiv(need.total(heap) - heap, MIB);
      assertEquals(100 * Math.ceilDiv(rest, 100), overhead, row.group());
      assertEquals(heap / MIB + overhead, number(row.group(8)), row.group());
    }
    assertEquals(List.of("124M", "355M", "774M", "1558M"), models);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yarn", "kubernetes"})
  void aContainerHoldsThe124MOfTheGuide(String cluster) throws IOException {
    SparkConf conf = conf(settings(cluster + "/spark-defaults.conf"));
    MatchResult row = figures().getFirst();
    long heap = MemoryNeed.executorHeap(conf);
    assertEquals(number(row.group(6)) * MIB, heap);
    long limit = MemoryNeed.containerLimit(conf);
    assertEquals(number(row.group(8)) * MIB, limit);
    MemoryNeed need = need("124M", Integer.parseInt(row.group(3)), CacheType.F32);
    assertEquals(need.wantedCache(), need.cacheBytes(limit, heap));
    String file = Files.readString(HOME.resolve("conf/" + cluster + "/spark-defaults.conf"));
    assertTrue(file.contains("--cache-memory " + number(row.group(5)) + "m"), file);
  }

  @Test
  void bothPodsMountTheVolume() {
    SparkConf conf = conf(settings("kubernetes/spark-defaults.conf"));
    for (String pod : List.of("driver", "executor")) {
      String prefix = "spark.kubernetes." + pod + ".volumes.";
      assertEquals(1, KubernetesVolumeUtils.parseVolumesWithPrefix(conf, prefix).size());
    }
  }

  private static List<HasMetadata> resources(String file) throws IOException {
    KubernetesSerialization reader = new KubernetesSerialization();
    List<HasMetadata> all = new ArrayList<>();
    String text = Files.readString(HOME.resolve("conf/kubernetes").resolve(file));
    for (String document : text.split("(?m)^---\n")) {
      all.add(reader.unmarshal(document));
    }
    return all;
  }

  @Test
  void theManifestsAreOfKubernetesSchema() throws Exception {
    List<HasMetadata> setup = resources("setup.yaml");
    assertEquals(
        List.of("Namespace", "ServiceAccount", "Role", "RoleBinding", "PersistentVolumeClaim"),
        setup.stream().map(HasMetadata::getKind).toList());
    List<HasMetadata> all = new ArrayList<>(setup);
    all.addAll(resources("executor.yaml"));
    assertTrue(all.getLast() instanceof Pod);
    for (HasMetadata resource : all) {
      assertEquals(List.of(), unknown(resource, resource.getKind()));
    }
  }

  @Test
  void aMisspeltFieldIsFound() throws Exception {
    KubernetesSerialization reader = new KubernetesSerialization();
    HasMetadata pod =
        reader.unmarshal(
            "apiVersion: v1\n"
                + "kind: Pod\n"
                + "spec:\n"
                + "  containers:\n"
                + "  - name: a\n"
                + "    imagePolicy: Never\n");
    assertEquals(List.of("Pod.Spec.Containers: imagePolicy"), unknown(pod, "Pod"));
  }

  /** Fields that the schema does not have, which fabric8 keeps beside it. */
  private static List<String> unknown(Object value, String path) throws Exception {
    List<String> found = new ArrayList<>();
    if (value instanceof Collection<?> many) {
      for (Object each : many) {
        found.addAll(unknown(each, path));
      }
    } else if (value != null
        && value.getClass().getName().startsWith("io.fabric8.kubernetes.api")) {
      for (Method method : value.getClass().getMethods()) {
        String name = method.getName();
        if (name.equals("getAdditionalProperties")) {
          ((Map<?, ?>) method.invoke(value)).keySet().forEach(key -> found.add(path + ": " + key));
        } else if (name.startsWith("get") && method.getParameterCount() == 0) {
          found.addAll(unknown(method.invoke(value), path + "." + name.substring(3)));
        }
      }
    }
    return found;
  }

  @Test
  void theImageIsOfOurSparkAndCopiesWhatIsThere() throws IOException {
    List<String> lines = Files.readAllLines(HOME.resolve("conf/docker/Dockerfile"));
    List<String> context = Files.readAllLines(HOME.resolve("conf/docker/Dockerfile.dockerignore"));
    String spark = org.apache.spark.package$.MODULE$.SPARK_VERSION();
    assertTrue(lines.contains("FROM apache/spark:" + spark + "-scala2.13-java25-ubuntu"));
    assertTrue(lines.contains("ENV SPARK_SUBMIT_OPTS=-Dscriptorium.home=/opt/scriptorium"));
    String version = Files.readString(HOME.resolve("pom.xml")).split("</?version>")[1];
    assertTrue(String.join("", lines).contains("image.version=\"" + version + "\""), version);
    List<String> copied =
        lines.stream()
            .filter(line -> line.startsWith("COPY "))
            .map(line -> line.split(" "))
            .flatMap(words -> Stream.of(words).skip(1).limit(words.length - 2))
            .filter(word -> !word.startsWith("--"))
            .toList();
    assertEquals(7, copied.size(), copied.toString());
    for (String path : copied) {
      assertTrue(context.contains("!" + path), path);
      assertTrue(path.startsWith("job/target/") || Files.exists(HOME.resolve(path)), path);
    }
    assertTrue(copied.contains("datasets")); // a model without its tokenizer does not load
  }
}
