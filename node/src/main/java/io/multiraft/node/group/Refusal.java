package io.multiraft.node.group;

/**
 * Why a node refuses a change of its groups; each is permanent until somebody changes something.
 */
public enum Refusal {
  /** The group id belongs to another uid. */
  OTHER_UID("other-uid"),
  /** The bootstrap list differs from the one that made the group. */
  OTHER_MEMBERS("other-members"),
  /** The list names another incarnation of this node. */
  OTHER_INCARNATION("other-incarnation"),
  /** The list does not name this node. */
  NOT_A_MEMBER("not-a-member"),
  /** A removed group or member stands here. */
  TOMBSTONE("tombstone"),
  /** The node takes no new groups. */
  NODE_DRAINING("node-draining"),
  /** No such group was ever here. */
  UNKNOWN_GROUP("unknown-group"),
  /** The group was here and is removed. */
  REMOVED_GROUP("removed-group"),
  /** Nothing was applied yet, so there is nothing to back up. */
  NOTHING_APPLIED("nothing-applied"),
  /** The member does not lead the group. */
  NOT_LEADER("not-leader");

  private final String code;

  Refusal(String code) {
    this.code = code;
  }

  /** The word that the admin API uses. */
  public String code() {
    return code;
  }
}
