package io.multiraft.bench.load;

/**
 * One system's public client, as the load sees it. All groups of a cluster are reached through one
 * client; {@link #put} may be called from any thread and must not block.
 */
public interface Client extends AutoCloseable {
  /** Learns how a write went, once, on any thread. */
  interface Outcome {
    /**
     * @param failure null when the write was acknowledged
     */
    void done(Throwable failure);
  }

  /**
   * What the replicated state machine holds under a key.
   *
   * @param version how often the key was written
   */
  record Stored(long version, byte[] value) {}

  /**
   * Returns once the group's leader takes requests; called before the first write and whenever the
   * cluster was paused.
   */
  void awaitLeader(int group) throws Exception;

  /** One request, one Raft entry, one answer. */
  void put(int group, byte[] key, byte[] value, Outcome outcome);

  /** Reads what was last written, linearizably. */
  Stored get(int group, byte[] key) throws Exception;

  /** Lets the system forget what only its history holds; between rounds, never while one runs. */
  default void tidy(int group) throws Exception {}

  @Override
  void close();
}
