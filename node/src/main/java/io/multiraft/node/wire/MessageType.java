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
  READ_INDEX_RESPONSE(0x42),
  /** "My loops turn and my disk works": one for each pair of nodes; a header without a body. */
  NODE_HEARTBEAT_REQUEST(0x43, 0x44),
  NODE_HEARTBEAT_RESPONSE(0x44),
  /** Requests of many groups without a body, each with its own request id: {@link FrameBatch}. */
  BATCH_REQUEST(0x45, 0x46),
  /** Answers of many groups without a body, not necessarily to requests that came together. */
  BATCH_RESPONSE(0x46),
  /** A leader asks a follower to rest with it; a header without a body. */
  QUIESCE_REQUEST(0x47, 0x48),
  QUIESCE_RESPONSE(0x48),
  /** Whoever rests under the sender must not any more; a header without a body. */
  WAKE_REQUEST(0x49, 0x4a),
  WAKE_RESPONSE(0x4a),
  /** Asks a node which of these groups it does not lead: {@link QuietCheck}. */
  QUIET_CHECK_REQUEST(0x4b, 0x4c),
  QUIET_CHECK_RESPONSE(0x4c);

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
    return switch (this) {
      case READ_INDEX_REQUEST, NODE_HEARTBEAT_REQUEST, QUIESCE_REQUEST, WAKE_REQUEST -> true;
      default -> false;
    };
  }

  /** Whether this type carries frames of other types, and is none by itself. */
  boolean isBatch() {
    return this == BATCH_REQUEST || this == BATCH_RESPONSE;
  }

  /** Whether a frame of this type belongs to a node, not to a group. */
  public boolean isOfNode() {
    return switch (this) {
      case NODE_HEARTBEAT_REQUEST,
          NODE_HEARTBEAT_RESPONSE,
          QUIET_CHECK_REQUEST,
          QUIET_CHECK_RESPONSE ->
          true;
      default -> false;
    };
  }

  /** Whether frames of this type without a body may travel in a batch. */
  boolean mayTravelInBatch() {
    return switch (this) {
      case APPEND_ENTRIES_REQUEST,
          APPEND_ENTRIES_RESPONSE,
          REQUEST_VOTE_REQUEST,
          REQUEST_VOTE_RESPONSE,
          PRE_VOTE_REQUEST,
          PRE_VOTE_RESPONSE,
          READ_INDEX_REQUEST,
          READ_INDEX_RESPONSE,
          QUIESCE_REQUEST,
          QUIESCE_RESPONSE,
          WAKE_REQUEST,
          WAKE_RESPONSE ->
          true;
      default -> false;
    };
  }

  /** The type with this code, {@code null} if there is none. */
  static MessageType ofCode(int code) {
    return BY_CODE[code];
  }
}
