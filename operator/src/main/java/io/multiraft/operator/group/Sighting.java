package io.multiraft.operator.group;

import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.NodeView;
import java.util.List;
import java.util.Optional;

/**
 * What one node shows of one group id, and how far that can be trusted.
 *
 * @param identity empty while the node has never answered
 * @param group whatever is there under the id, whosever it is
 */
record Sighting(
    String podName,
    NodeView.Contact contact,
    Optional<NodeView.Identity> identity,
    Optional<GroupDocument> group) {

  /** Of every node that is followed. */
  static List<Sighting> of(List<NodeView> views, int groupId) {
    return views.stream()
        .map(
            view ->
                new Sighting(view.podName(), view.contact(), view.identity(), view.group(groupId)))
        .toList();
  }

  /** What is there of the group with this uid. */
  Optional<GroupDocument> group(String uid) {
    return group.filter(found -> found.uid().equals(uid));
  }

  /** Whether this is complete and current enough to act on. */
  boolean isSynced() {
    return contact == NodeView.Contact.SYNCED;
  }

  /** Whether the node is believed to be there. */
  boolean isPresent() {
    return isSynced() || contact == NodeView.Contact.RECONNECTING;
  }
}
