package io.multiraft.node.group;

/** The outcome of one {@code addGroup}. */
public sealed interface AddResult {
  /** The group or member was made, durably. */
  record Made(int groupId) implements AddResult {}

  /** It was here already, with the same uid and member list. */
  record Existing(int groupId) implements AddResult {}

  /** It was refused; nothing changed. */
  record Refused(RefusedException why) implements AddResult {}
}
