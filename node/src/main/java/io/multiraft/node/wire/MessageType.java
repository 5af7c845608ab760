package io.multiraft.node.wire;

/**
 * What a frame says (wire protocol, sections 3 and 12.4). A type is either a request's or a
 * response's; 22 and 23 were never used and are refused.
 */
public enum MessageType {
  REQUEST_VOTE_REQUEST(1, 2),
  REQUEST_VOTE_RESPONSE(2),
  APPEND_ENTRIES_REQUEST(3, 4),
  APPEND_ENTRIES_RESPONSE(4),
  /** Answered with {@link #APPEND_ENTRIES_RESPONSE}; its context is then the application's. */
  CLIENT_REQUEST(5, 4),
  ADD_SERVER_REQUEST(6, 7),
  ADD_SERVER_RESPONSE(7),
  REMOVE_SERVER_REQUEST(8, 9),
  REMOVE_SERVER_RESPONSE(9),
  SYNC_LOG_REQUEST(10, 11),
  SYNC_LOG_RESPONSE(11),
  JOIN_CLUSTER_REQUEST(12, 13),
  JOIN_CLUSTER_RESPONSE(13),
  LEAVE_CLUSTER_REQUEST(14, 15),
  LEAVE_CLUSTER_RESPONSE(15),
  INSTALL_SNAPSHOT_REQUEST(16, 17),
  INSTALL_SNAPSHOT_RESPONSE(17),
  /** With a {@link Hello} as meta, the first frame between nodes. */
  PING_REQUEST(18, 19),
  PING_RESPONSE(19),
  PRE_VOTE_REQUEST(20, 21),
  PRE_VOTE_RESPONSE(21),
  PRIORITY_CHANGE_REQUEST(24, 25),
  PRIORITY_CHANGE_RESPONSE(25),
  RECONNECT_REQUEST(26, 27),
  RECONNECT_RESPONSE(27),
  CUSTOM_NOTIFICATION_REQUEST(28, 29),
  CUSTOM_NOTIFICATION_RESPONSE(29),
  /** Asks the leader for an index to read at; a header without a body. */
  READ_INDEX_REQUEST(0x41, 0x42),
  READ_INDEX_RESPONSE(0x42);

  /** The last type that old peers know. */
  static final int LAST_LEGACY_CODE = 29;

  private static final MessageType[] BY_CODE = new MessageType[0x100];

  static {
    for (MessageType type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final int code;
  private final int responseCode;

  MessageType(int code) {
    this(code, 0);
  }

  MessageType(int code, int responseCode) {
    this.code = code;
    this.responseCode = responseCode;
  }

  /** The byte that travels, as an unsigned number. */
  public int code() {
    return code;
  }

  /** Whether frames of this type ask; the others answer. */
  public boolean isRequest() {
    return responseCode != 0;
  }

  /** The type of the answer to this request. */
  public MessageType responseType() {
    if (!isRequest()) {
      throw new IllegalStateException(this + " is an answer and has none");
    }
    return BY_CODE[responseCode];
  }

  /** Whether only Multiraft nodes that have exchanged a {@link Hello} know it. */
  public boolean isOwn() {
    return code > LAST_LEGACY_CODE;
  }

  /** Whether a request of this type never has a body. */
  boolean isHeaderOnly() {
    return this == READ_INDEX_REQUEST;
  }

  /** The type with this code, {@code null} if there is none. */
  static MessageType ofCode(int code) {
    return BY_CODE[code];
  }
}
