package io.multiraft.operator.group;

import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.NodeView;
import java.util.Optional;

/** One planned member, as seen on its node now. */
public sealed interface MemberState {
  /** Too early to say: the node has not been heard, nor been silent for long. */
  record Unknown() implements MemberState {}

  /** The node does not answer. */
  record Unreachable() implements MemberState {}

  /** The node answers, but its disk is another one: the member is lost. */
  record Lost() implements MemberState {}

  /** The node answers and has no such member. */
  record Absent() implements MemberState {}

  /** The node refused to make the member. */
  record Refused(String why) implements MemberState {}

  /** The node has the member. */
  record Present(GroupDocument document) implements MemberState {}

  /**
   * Judges what a node shows.
   *
   * @param seen on the member's node; empty while its pod is not there
   * @param planned what the plan says of this member
   */
  static MemberState of(
      Optional<Sighting> seen, Placement.Member planned, String uid, Optional<String> refusal) {
    NodeView.Contact contact = seen.map(Sighting::contact).orElse(NodeView.Contact.LOST);
    if (contact == NodeView.Contact.LOST) {
      return new Unreachable();
    }
    if (contact == NodeView.Contact.CONNECTING) {
      return new Unknown();
    }
    String incarnation = seen.get().identity().orElseThrow().incarnation();
    if (!incarnation.equals(planned.incarnation())) {
      return new Lost();
    }
    Optional<GroupDocument> document =
        seen.get().group(uid).filter(found -> found.serverId() == planned.serverId());
    if (document.isPresent()) {
      return new Present(document.get());
    }
    return refusal.<MemberState>map(Refused::new).orElseGet(Absent::new);
  }
}
