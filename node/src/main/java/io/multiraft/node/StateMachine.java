package io.multiraft.node;

import java.util.List;

/**
 * What a group replicates: a deterministic machine that turns committed commands into results.
 *
 * <p>Two members that apply the same entries in the same order must end in the same state and give
 * the same results; nothing may come from a clock, a random source or an unordered collection.
 *
 * <p>All methods are called off the event loops and by one thread at a time for each group, with a
 * happens-before edge from one call to the next. A throw ends the machine: it is rebuilt, not
 * continued.
 */
public interface StateMachine extends AutoCloseable {
  /**
   * Applies entries in the order of their indices.
   *
   * @param batch committed entries with rising indices, never empty
   * @return one result for each entry: result {@code i} answers entry {@code i}; never null and no
   *     null inside
   */
  List<byte[]> apply(List<CommittedEntry> batch);

  /** Frees what the machine holds; no other call follows. */
  @Override
  void close();
}
