package io.multiraft.node.raft;

/** The outcome of {@link RaftCore#readIndex}. */
public sealed interface ReadResult {
  /** The id given to {@link RaftCore#readIndex}. */
  long readId();

  /**
   * The read is linearizable once the local state machine has applied {@code readIndex}.
   *
   * @param readId the id given to {@link RaftCore#readIndex}
   * @param readIndex not below anything that was committed when the read was called
   */
  record Confirmed(long readId, long readIndex) implements ReadResult {}

  /**
   * No leader could be asked, it lost its leadership, it did not answer within an election timeout,
   * or too many reads wait. Nothing was read; trying again is safe.
   *
   * @param readId the id given to {@link RaftCore#readIndex}
   */
  record Failed(long readId) implements ReadResult {}
}
