package io.multiraft.operator.observe;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is known about one node, fed by its stream. Readers on any thread see each group's latest
 * document; only the owning {@link PodStream} writes.
 */
public final class NodeView {
  /** How far the view can be trusted. */
  public enum Contact {
    /** Nothing heard yet since the operator began to look; too early to say that it is gone. */
    CONNECTING,
    /** Complete and at most one keep-alive old. */
    SYNCED,
    /** The stream broke moments ago; what was seen is still the best knowledge. */
    RECONNECTING,
    /** No answer for longer than a restart of the connection takes. */
    LOST
  }

  /** Who answered last. */
  public record Identity(int nodeId, String incarnation, long bootNumber, String address) {}

  private final PodTarget target;
  private final Map<Integer, GroupDocument> groups = new ConcurrentHashMap<>();
  private volatile Contact contact = Contact.CONNECTING;
  private volatile Identity identity;
  private volatile long highestGroupIdSeen;
  private volatile String lastFailure = "no answer yet";

  NodeView(PodTarget target) {
    this.target = target;
  }

  public String podName() {
    return target.podName();
  }

  public NodeAddress address() {
    return target.address();
  }

  public Contact contact() {
    return contact;
  }

  /** Whether the list of groups is complete and current enough to act on. */
  public boolean isSynced() {
    return contact == Contact.SYNCED;
  }

  /** Whether the node is believed to be there: synced, or reconnecting for moments. */
  public boolean isPresent() {
    return contact == Contact.SYNCED || contact == Contact.RECONNECTING;
  }

  /** Empty until the node answered once. */
  public Optional<Identity> identity() {
    return Optional.ofNullable(identity);
  }

  public long highestGroupIdSeen() {
    return highestGroupIdSeen;
  }

  /** Why there is no contact, for people. */
  public String lastFailure() {
    return lastFailure;
  }

  public Optional<GroupDocument> group(int groupId) {
    return Optional.ofNullable(groups.get(groupId));
  }

  /** All of it as it is now. */
  public NodeSnapshot snapshot() {
    int nodeId = identity().map(Identity::nodeId).orElse(0);
    return new NodeSnapshot(podName(), nodeId, contact, groups);
  }

  public Collection<GroupDocument> groups() {
    return groups.values();
  }

  void setContact(Contact newContact) {
    contact = newContact;
  }

  void setIdentity(Identity newIdentity) {
    identity = newIdentity;
  }

  void raiseHighestGroupIdSeen(long seen) {
    if (seen > highestGroupIdSeen) {
      highestGroupIdSeen = seen;
    }
  }

  void resetHighestGroupIdSeen(long seen) {
    highestGroupIdSeen = seen;
  }

  void setLastFailure(String failure) {
    lastFailure = failure;
  }

  Map<Integer, GroupDocument> mutableGroups() {
    return groups;
  }
}
