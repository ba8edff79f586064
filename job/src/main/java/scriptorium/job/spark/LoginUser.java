package scriptorium.job.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * The user that Hadoop knows this process by. Hadoop asks the machine for a name, and fails where a
 * container runs under a number that its passwd file has no name for. It gets one here; where
 * Kerberos says who somebody is, nothing is changed.
 */
final class LoginUser {
  private static final Path SELF = Path.of("/proc/self");

  private LoginUser() {}

  /** Makes sure that there is one. */
  static void ensure() {
    if (UserGroupInformation.isSecurityEnabled()) {
      return;
    }
    try {
      UserGroupInformation.getLoginUser();
    } catch (IOException e) {
      UserGroupInformation.setLoginUser(
          UserGroupInformation.createRemoteUser(name(System.getenv(), SELF)));
    }
  }

  /** The name that the environment has, else the number's. */
  static String name(Map<String, String> environment, Path self) {
    for (String variable : new String[] {"HADOOP_USER_NAME", "SPARK_USER"}) {
      String name = environment.getOrDefault(variable, "");
      if (!name.isBlank()) {
        return name;
      }
    }
    try {
      return "uid" + Files.getAttribute(self, "unix:uid");
    } catch (IOException | UnsupportedOperationException e) {
      return "scriptorium";
    }
  }
}
