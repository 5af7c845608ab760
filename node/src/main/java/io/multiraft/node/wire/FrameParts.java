package io.multiraft.node.wire;

/** Rules that requests and responses share. */
final class FrameParts {
  private FrameParts() {}

  /** A group id or request id that would not travel is a mistake of the caller. */
  static void checkForm(int flags, int groupId, long requestId) {
    if (groupId != 0 && !Flags.isExtended(flags)) {
      throw new IllegalArgumentException("group " + groupId + " without EXTENDED_HEADER");
    }
    if (requestId != 0 && !Flags.hasRequestId(flags)) {
      throw new IllegalArgumentException("request id " + requestId + " without REQUEST_ID");
    }
  }

  /** A part and the flag that announces it come together. */
  static void checkAnnounced(int flags, int flag, boolean present) {
    if (((flags & flag) != 0) != present) {
      throw new IllegalArgumentException(
          Flags.names(flag) + " is " + (present ? "clear, its part present" : "set, no part"));
    }
  }
}
