package io.multiraft.operator.observe;

import java.util.Map;

/**
 * What a node showed at one moment, for plans that have to see all nodes at once.
 *
 * @param nodeId 0 while the node has never answered
 * @param contact how far this can be trusted
 * @param groups by group id
 */
public record NodeSnapshot(
    String podName, int nodeId, NodeView.Contact contact, Map<Integer, GroupDocument> groups) {
  public NodeSnapshot {
    groups = Map.copyOf(groups);
  }

  /** Whether the node is believed to be there: synced, or reconnecting for moments. */
  public boolean isPresent() {
    return contact == NodeView.Contact.SYNCED || contact == NodeView.Contact.RECONNECTING;
  }

  /** Whether the list of groups is complete and current enough to act on. */
  public boolean isSynced() {
    return contact == NodeView.Contact.SYNCED;
  }
}
