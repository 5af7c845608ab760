package io.multiraft.node.raft;

import java.util.Objects;

/**
 * What a snapshot stands for: the state after all entries up to {@code index}.
 *
 * @param index the last entry that is in it
 * @param term that entry's term
 * @param config the configuration in force at {@code index}: the last one that an entry at or below
 *     it carries
 */
public record SnapshotMeta(long index, long term, ClusterConfig config) {
  public SnapshotMeta {
    Objects.requireNonNull(config, "config");
    if (index <= 0 || term <= 0 || config.logIndex() > index) {
      throw new IllegalArgumentException(
          "no snapshot can end at %d of term %d with a configuration of %d"
              .formatted(index, term, config.logIndex()));
    }
  }
}
