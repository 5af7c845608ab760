package io.multiraft.node.group;

import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.ConfigCodec;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a state machine has behind it.
 *
 * @param index the last entry it contains, 0 for none
 * @param term that entry's term
 * @param config the last configuration at or below the index
 */
record AppliedPoint(long index, long term, ClusterConfig config) {
  /** Nothing is applied; the group's first configuration is in force. */
  static AppliedPoint beginning(ClusterConfig initial) {
    return new AppliedPoint(0, 0, initial);
  }

  /** The point behind these entries, the first of which follows this one. */
  AppliedPoint after(List<LogEntry> entries) {
    ClusterConfig last = config;
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).type() == EntryType.CONF) {
        ByteBuffer payload = ByteBuffer.wrap(entries.get(i).payload());
        last = ConfigCodec.decodeConfig(payload).withLogIndex(index + 1 + i);
      }
    }
    return new AppliedPoint(index + entries.size(), entries.get(entries.size() - 1).term(), last);
  }
}
