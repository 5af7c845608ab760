package io.multiraft.node.raft;

import java.nio.charset.StandardCharsets;

/**
 * The highest server id that a group ever used, kept where every peer hands it on unread: in the
 * user context of its configuration, as {@code multiraft/1;highestServerId=N}. An application's own
 * context is left alone; then only the members' ids are known.
 */
final class ServerIdCounter {
  private static final String PREFIX = "multiraft/1;highestServerId=";

  private ServerIdCounter() {}

  /** The highest id, 0 if this context does not say. */
  static int read(byte[] userContext) {
    String text = new String(userContext, StandardCharsets.ISO_8859_1);
    if (!text.startsWith(PREFIX)) {
      return 0;
    }
    try {
      return Math.max(0, Integer.parseInt(text.substring(PREFIX.length())));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** The context that says so, or the same if it is an application's. */
  static byte[] write(byte[] userContext, int highestServerId) {
    boolean own = userContext.length == 0 || read(userContext) > 0;
    return own
        ? (PREFIX + highestServerId).getBytes(StandardCharsets.ISO_8859_1)
        : userContext.clone();
  }
}
