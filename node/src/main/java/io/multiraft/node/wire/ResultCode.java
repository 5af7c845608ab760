package io.multiraft.node.wire;

import java.util.Map;

/**
 * How a request ended (wire protocol, sections 3 and 12.2). Codes that this version does not know
 * are carried as they came.
 *
 * @param value the number that travels
 */
public record ResultCode(int value) {
  public static final ResultCode OK = new ResultCode(0);
  public static final ResultCode CANCELLED = new ResultCode(-1);
  public static final ResultCode TIMEOUT = new ResultCode(-2);
  public static final ResultCode NOT_LEADER = new ResultCode(-3);
  public static final ResultCode BAD_REQUEST = new ResultCode(-4);
  public static final ResultCode SERVER_ALREADY_EXISTS = new ResultCode(-5);
  public static final ResultCode CONFIG_CHANGING = new ResultCode(-6);
  public static final ResultCode SERVER_IS_JOINING = new ResultCode(-7);
  public static final ResultCode SERVER_NOT_FOUND = new ResultCode(-8);
  public static final ResultCode CANNOT_REMOVE_LEADER = new ResultCode(-9);
  public static final ResultCode SERVER_IS_LEAVING = new ResultCode(-10);
  public static final ResultCode TERM_MISMATCH = new ResultCode(-11);

  /** No group of this id is on the node, and none was. */
  public static final ResultCode UNKNOWN_GROUP = new ResultCode(-100);

  /** The group was removed; a tombstone stands. */
  public static final ResultCode REMOVED_GROUP = new ResultCode(-101);

  /** This member was removed; one with a higher server id may live. */
  public static final ResultCode REMOVED_MEMBER = new ResultCode(-102);

  /** Too much is under way here; worth another try later. */
  public static final ResultCode BUSY = new ResultCode(-103);

  /** What was sent is not what was announced; the sender had better make it anew. */
  public static final ResultCode DAMAGED = new ResultCode(-104);

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(0, "OK"),
          Map.entry(-1, "CANCELLED"),
          Map.entry(-2, "TIMEOUT"),
          Map.entry(-3, "NOT_LEADER"),
          Map.entry(-4, "BAD_REQUEST"),
          Map.entry(-5, "SERVER_ALREADY_EXISTS"),
          Map.entry(-6, "CONFIG_CHANGING"),
          Map.entry(-7, "SERVER_IS_JOINING"),
          Map.entry(-8, "SERVER_NOT_FOUND"),
          Map.entry(-9, "CANNOT_REMOVE_LEADER"),
          Map.entry(-10, "SERVER_IS_LEAVING"),
          Map.entry(-11, "TERM_MISMATCH"),
          Map.entry(-100, "UNKNOWN_GROUP"),
          Map.entry(-101, "REMOVED_GROUP"),
          Map.entry(-102, "REMOVED_MEMBER"),
          Map.entry(-103, "BUSY"),
          Map.entry(-104, "DAMAGED"));

  /**
   * Whether the answer says that nobody is there to answer. It is looked at before anything else in
   * the frame and is never a rejection, an acknowledgement, a vote or a sign of life.
   */
  public boolean isRefusal() {
    return value <= UNKNOWN_GROUP.value;
  }

  @Override
  public String toString() {
    return NAMES.getOrDefault(value, "code") + "(" + value + ")";
  }
}
