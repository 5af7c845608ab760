package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What can be said about a request without the store; checked before anything is proposed. */
public final class KvRequests {
  /** etcd's default of {@code --max-request-bytes}. */
  public static final int MAX_REQUEST_BYTES = 1_572_864;

  /** etcd's default of {@code --max-txn-ops}. */
  public static final int MAX_TXN_OPS = 128;

  private KvRequests() {}

  public static void check(RangeRequest request) throws KvException {
    requireKey(request.getKey());
    if (request.getSortOrder() == RangeRequest.SortOrder.UNRECOGNIZED
        || request.getSortTarget() == RangeRequest.SortTarget.UNRECOGNIZED) {
      throw new KvException(KvError.INVALID_SORT_OPTION);
    }
  }

  public static void check(PutRequest request) throws KvException {
    requireKey(request.getKey());
    if (request.getIgnoreValue() && !request.getValue().isEmpty()) {
      throw new KvException(KvError.VALUE_PROVIDED);
    }
    if (request.getIgnoreLease() && request.getLease() != 0) {
      throw new KvException(KvError.LEASE_PROVIDED);
    }
  }

  public static void check(DeleteRangeRequest request) throws KvException {
    requireKey(request.getKey());
  }

  public static void check(TxnRequest request) throws KvException {
    check(request, MAX_TXN_OPS);
    checkOverlaps(request.getSuccessList());
    checkOverlaps(request.getFailureList());
  }

  /** Fails when the request is too large for a command. */
  public static void checkSize(MessageLite request) throws KvException {
    if (request.getSerializedSize() > MAX_REQUEST_BYTES) {
      throw new KvException(KvError.REQUEST_TOO_LARGE);
    }
  }

  /** Whether the transaction cannot write, whatever its guards say. */
  public static boolean isReadOnly(TxnRequest request) {
    return isReadOnly(request.getSuccessList()) && isReadOnly(request.getFailureList());
  }

  private static boolean isReadOnly(List<RequestOp> ops) {
    return ops.stream()
        .allMatch(
            op -> op.hasRequestRange() || (op.hasRequestTxn() && isReadOnly(op.getRequestTxn())));
  }

  /** Whether every read of a read-only transaction may be stale. */
  public static boolean isSerializable(TxnRequest request) {
    return isSerializable(request.getSuccessList()) && isSerializable(request.getFailureList());
  }

  private static boolean isSerializable(List<RequestOp> ops) {
    return ops.stream()
        .allMatch(
            op ->
                op.hasRequestRange()
                    ? op.getRequestRange().getSerializable()
                    : op.hasRequestTxn() && isSerializable(op.getRequestTxn()));
  }

  private static void check(TxnRequest request, int maxOps) throws KvException {
    int widest =
        Math.max(
            request.getCompareCount(),
            Math.max(request.getSuccessCount(), request.getFailureCount()));
    if (widest > maxOps) {
      throw new KvException(KvError.TOO_MANY_OPS);
    }
    for (Compare compare : request.getCompareList()) {
      requireKey(compare.getKey());
    }
    for (RequestOp op : request.getSuccessList()) {
      check(op, maxOps - widest);
    }
    for (RequestOp op : request.getFailureList()) {
      check(op, maxOps - widest);
    }
  }

  private static void check(RequestOp op, int maxOps) throws KvException {
    switch (op.getRequestCase()) {
      case REQUEST_RANGE -> check(op.getRequestRange());
      case REQUEST_PUT -> check(op.getRequestPut());
      case REQUEST_DELETE_RANGE -> check(op.getRequestDeleteRange());
      case REQUEST_TXN -> check(op.getRequestTxn(), maxOps);
      case REQUEST_NOT_SET -> throw new KvException(KvError.KEY_NOT_FOUND);
    }
  }

  /** What one branch may write. */
  private record Writes(Set<ByteString> puts, List<KeyRange> deletes) {}

  /**
   * Refuses a branch that may put a key twice, or put and delete it (etcd's rule, in its order).
   */
  private static Writes checkOverlaps(List<RequestOp> ops) throws KvException {
    Writes writes = new Writes(new HashSet<>(), new ArrayList<>());
    for (RequestOp op : ops) {
      if (op.hasRequestDeleteRange()) {
        DeleteRangeRequest delete = op.getRequestDeleteRange();
        // etcd overlooks the end "\0" here: a delete of all keys beside a put of one passes, and
        // with
        // ignore_value it ends every member; what etcd documents forbids it
        writes.deletes.add(KeyRange.of(delete.getKey(), delete.getRangeEnd()));
      }
    }
    for (RequestOp op : ops) {
      if (op.hasRequestTxn()) {
        Writes then = checkOverlaps(op.getRequestTxn().getSuccessList());
        Writes otherwise = checkOverlaps(op.getRequestTxn().getFailureList());
        // only one of the two runs: both may put the same key
        Set<ByteString> either = new HashSet<>(then.puts);
        either.addAll(otherwise.puts);
        for (ByteString key : either) {
          addPut(writes, key);
        }
        writes.deletes.addAll(then.deletes);
        writes.deletes.addAll(otherwise.deletes);
      }
    }
    for (RequestOp op : ops) {
      if (op.hasRequestPut()) {
        addPut(writes, op.getRequestPut().getKey());
      }
    }
    return writes;
  }

  private static void addPut(Writes writes, ByteString key) throws KvException {
    boolean deleted = writes.deletes.stream().anyMatch(range -> range.contains(key));
    if (deleted || !writes.puts.add(key)) {
      throw new KvException(KvError.DUPLICATE_KEY);
    }
  }

  private static void requireKey(ByteString key) throws KvException {
    if (key.isEmpty()) {
      throw new KvException(KvError.EMPTY_KEY);
    }
  }
}
