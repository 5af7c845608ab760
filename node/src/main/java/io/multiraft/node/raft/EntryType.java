package io.multiraft.node.raft;

/** The types of log entries (wire protocol, section 4), as the unsigned byte that travels. */
public final class EntryType {
  /** A command of the application; replicated. */
  public static final byte APP_LOG = 1;

  /** A {@link ClusterConfig}; replicated. */
  public static final byte CONF = 2;

  /** A {@link ServerConfig}; only inside add and remove requests. */
  public static final byte CLUSTER_SERVER = 3;

  /** Packed entries for a joining server; only inside sync_log requests. */
  public static final byte LOG_PACK = 4;

  /** A chunk of a snapshot; only inside install_snapshot requests. */
  public static final byte SNAPSHOT_SYNC_REQUEST = 5;

  /** Payload of votes, priorities and notifications; only inside messages. */
  public static final byte CUSTOM = (byte) 231;

  private EntryType() {}
}
