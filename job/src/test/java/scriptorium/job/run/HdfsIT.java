package scriptorium.job.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import scriptorium.job.testing.Launcher;
import scriptorium.job.testing.RowDifference;

/** Data sets on a real HDFS that loses a datanode, its space, its rights, and a driver. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HdfsIT {
  @TempDir static Path folder;
  private Launcher launcher;
  private MiniDFSCluster cluster;
  private DistributedFileSystem hdfs;
  private Map<String, String> expected;
  private Map<String, String> environment;

  private String[] generate(String out) {
    List<String> arguments =
        new ArrayList<>(
            List.of("generate", "--name", "set", "--model", "books-8M", "--count", "400"));
    arguments.addAll(List.of("--shard-rows", "10", "--max-new-tokens", "50", "--quiet"));
    arguments.addAll(List.of("--merge", "--slots", "16", "--master", "local[2]", "--out", out));
    return arguments.toArray(String[]::new);
  }

  @BeforeAll
  void start() throws Exception {
    launcher = new Launcher(folder);
    Configuration conf = new Configuration();
    conf.set("hdfs.minidfs.basedir", folder.resolve("hdfs").toString());
    conf.setInt("dfs.replication", 2);
    conf.setInt("dfs.namenode.heartbeat.recheck-interval", 500);
    conf.setInt("dfs.heartbeat.interval", 1);
    cluster = new MiniDFSCluster.Builder(conf).numDataNodes(3).build();
    cluster.waitActive();
    hdfs = cluster.getFileSystem();
    hdfs.setPermission(new org.apache.hadoop.fs.Path("/"), FsPermission.valueOf("drwxrwxrwx"));
    environment = new TreeMap<>(launcher.settings("conf", "spark.hadoop.dfs.replication 2"));
    environment.put("HADOOP_USER_NAME", "writer");
    Launcher.Ended ended = launcher.run(Map.of(), generate(folder.resolve("expected").toString()));
    assertEquals(0, ended.status(), ended.output());
    expected = launcher.content("expected");
    assertEquals(40 + 1, expected.size());
  }

  @AfterAll
  void stop() {
    cluster.shutdown(true);
  }

  private String uri(String out) {
    return hdfs.getUri() + "/" + out;
  }

  private Map<String, String> content(String out) throws Exception {
    Map<String, String> content = new TreeMap<>();
    String root = uri(out) + "/";
    RemoteIterator<LocatedFileStatus> files =
        hdfs.listFiles(new org.apache.hadoop.fs.Path(root), true);
    while (files.hasNext()) {
      FileStatus file = files.next();
      if (file.getPath().getName().endsWith(".jsonl")) {
        try (InputStream in = hdfs.open(file.getPath())) {
          content.put(
              file.getPath().toString().substring(root.length()),
              new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertEquals(2, file.getReplication(), "spark.hadoop.dfs.replication");
      }
    }
    return content;
  }

  private void assertSame(String out) throws Exception {
    Map<String, String> found = content(out);
    assertEquals(RowDifference.NONE, RowDifference.of(expected, found));
    assertEquals(expected, found);
    Launcher.Ended verified =
        launcher.run(environment, "verify", uri(out), "--regenerate", "3", "--master", "local[1]");
    assertEquals(0, verified.status(), verified.output());
  }

  /** Starts a run and waits until some of its shards are there. */
  private Process begin(String out, int shards) throws Exception {
    Process run = launcher.start(environment, generate(uri(out)));
    org.apache.hadoop.fs.Path train = new org.apache.hadoop.fs.Path(uri(out) + "/set.train");
    while (run.isAlive() && !(hdfs.exists(train) && hdfs.listStatus(train).length >= shards)) {
      run.waitFor(20, TimeUnit.MILLISECONDS);
    }
    return run;
  }

  private void resume(String out) throws Exception {
    Launcher.Ended ended = launcher.run(environment, generate(uri(out)));
    assertEquals(0, ended.status(), ended.output());
    assertSame(out);
  }

  @Test
  void aDatanodeIsLostInTheMiddle() throws Exception {
    Process run = begin("datanode", 3);
    MiniDFSCluster.DataNodeProperties node = cluster.stopDataNode(0);
    Launcher.Ended ended = Launcher.end(run);
    assertEquals(0, ended.status(), ended.output());
    assertSame("datanode");
    assertTrue(cluster.restartDataNode(node));
    cluster.waitActive();
  }

  @Test
  void theClustersSettingsNameIt() throws Exception {
    Configuration site = new Configuration(false);
    site.set("fs.defaultFS", hdfs.getUri().toString());
    Path settings = Files.createDirectory(folder.resolve("hadoop-conf"));
    try (OutputStream out = Files.newOutputStream(settings.resolve("core-site.xml"))) {
      site.writeXml(out);
    }
    Map<String, String> ours = new TreeMap<>(environment);
    ours.put("HADOOP_CONF_DIR", settings.toString());
    Launcher.Ended ended = launcher.run(ours, generate("hdfs:///named"));
    assertEquals(0, ended.status(), ended.output());
    assertSame("named");
  }

  @Test
  void aDriverIsKilled() throws Exception {
    Process run = begin("killed", 3);
    run.destroyForcibly().waitFor();
    resume("killed");
  }

  @Test
  void theSpaceRunsOutAndComesBack() throws Exception {
    org.apache.hadoop.fs.Path out = new org.apache.hadoop.fs.Path("/space");
    hdfs.mkdirs(out, FsPermission.valueOf("drwxrwxrwx"));
    hdfs.setOwner(out, "writer", "writer");
    Process run = begin("space", 3);
    hdfs.setQuota(out, HdfsConstants.QUOTA_DONT_SET, 1 << 20); // less than a block
    Launcher.Ended full = Launcher.end(run);
    assertEquals(1, full.status(), full.output());
    assertTrue(full.output().contains("quota"), full.output());
    assertTrue(full.output().contains("free space or grant the rights"), full.output());
    hdfs.setQuota(out, HdfsConstants.QUOTA_DONT_SET, HdfsConstants.QUOTA_RESET);
    resume("space");
  }

  @Test
  void theOutputTurnsReadOnlyAndBack() throws Exception {
    Process run = begin("rights", 3);
    org.apache.hadoop.fs.Path out = new org.apache.hadoop.fs.Path("/rights");
    for (String each : List.of("", "/set.train", "/_temporary")) {
      hdfs.setPermission(
          new org.apache.hadoop.fs.Path(out + each), FsPermission.valueOf("dr-xr-xr-x"));
    }
    Launcher.Ended refused = Launcher.end(run);
    assertEquals(1, refused.status(), refused.output());
    assertTrue(refused.output().contains("free space or grant the rights"), refused.output());
    for (String each : List.of("", "/set.train", "/_temporary")) {
      hdfs.setPermission(
          new org.apache.hadoop.fs.Path(out + each), FsPermission.valueOf("drwxrwxrwx"));
    }
    resume("rights");
  }
}
