package io.multiraft.operator.status;

/**
 * Resource versions of one resource type are comparable numbers (Kubernetes 1.35 and later say so).
 */
public final class ResourceVersions {
  private ResourceVersions() {}

  /** Negative when {@code a} is older; a version that is not a number counts as the newest. */
  public static int compare(String a, String b) {
    return Long.compare(number(a), number(b));
  }

  private static long number(String version) {
    try {
      return Long.parseLong(version);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }
}
