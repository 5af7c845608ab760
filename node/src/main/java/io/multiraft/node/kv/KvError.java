package io.multiraft.node.kv;

import io.grpc.Status;

/** Refusals with the codes and texts of etcd's {@code rpctypes}, by which clients know them. */
public enum KvError {
  EMPTY_KEY(Status.Code.INVALID_ARGUMENT, "key is not provided"),
  KEY_NOT_FOUND(Status.Code.INVALID_ARGUMENT, "key not found"),
  VALUE_PROVIDED(Status.Code.INVALID_ARGUMENT, "value is provided"),
  LEASE_PROVIDED(Status.Code.INVALID_ARGUMENT, "lease is provided"),
  TOO_MANY_OPS(Status.Code.INVALID_ARGUMENT, "too many operations in txn request"),
  DUPLICATE_KEY(Status.Code.INVALID_ARGUMENT, "duplicate key given in txn request"),
  INVALID_SORT_OPTION(Status.Code.INVALID_ARGUMENT, "invalid sort option"),
  REQUEST_TOO_LARGE(Status.Code.INVALID_ARGUMENT, "request is too large"),
  COMPACTED(Status.Code.OUT_OF_RANGE, "mvcc: required revision has been compacted"),
  FUTURE_REVISION(Status.Code.OUT_OF_RANGE, "mvcc: required revision is a future revision"),
  LEASE_NOT_FOUND(Status.Code.NOT_FOUND, "requested lease not found"),
  LEASE_EXISTS(Status.Code.FAILED_PRECONDITION, "lease already exists"),
  LEASE_TTL_TOO_LARGE(Status.Code.OUT_OF_RANGE, "too large lease TTL"),
  /** A committed entry that is no command of this state machine; etcd has no word for it. */
  NOT_A_COMMAND(Status.Code.INVALID_ARGUMENT, "not a key-value command");

  private final Status.Code code;
  private final String text;

  KvError(Status.Code code, String text) {
    this.code = code;
    this.text = "etcdserver: " + text;
  }

  /** The gRPC code. */
  public Status.Code code() {
    return code;
  }

  /** The text that clients compare with. */
  public String text() {
    return text;
  }
}
