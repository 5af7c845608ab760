package io.multiraft.node.kv;

import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.DeleteRangeResponse;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.PutResponse;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * One transaction in three steps, as etcd does it: all guards, nested ones too, are judged on the
 * state before; what could fail is checked on that state; then the chosen operations run in order
 * and cannot fail.
 */
final class Transaction {
  /** A transaction whose guards are judged. */
  private record Chosen(boolean succeeded, List<RequestOp> ops, List<Chosen> nested) {}

  private final RevisionStore store;
  private final RangeReader ranges;
  private final long revisionBefore;
  private final boolean writes;

  private Transaction(RevisionStore store, boolean writes, long revisionBefore) {
    this.store = store;
    this.ranges = new RangeReader(store);
    this.writes = writes;
    this.revisionBefore = revisionBefore;
  }

  /** Applies a transaction that may write; the caller publishes. */
  static TxnResponse apply(RevisionStore store, TxnRequest request) throws KvException {
    return new Transaction(store, true, store.revision()).run(request);
  }

  /** Answers a transaction without writes at the revision, beside the writer. */
  static TxnResponse read(RevisionStore store, TxnRequest request, long revision)
      throws KvException {
    TxnResponse response = new Transaction(store, false, revision).run(request);
    store.checkReadable(revision);
    return response;
  }

  private TxnResponse run(TxnRequest request) throws KvException {
    Chosen chosen = choose(request);
    check(chosen);
    TxnResponse.Builder response = execute(chosen);
    return response.setHeader(header(currentRevision())).build();
  }

  private Chosen choose(TxnRequest request) {
    boolean succeeded = true;
    for (Compare compare : request.getCompareList()) {
      succeeded = succeeded && Compares.holds(store, compare, revisionBefore);
    }
    List<RequestOp> ops = succeeded ? request.getSuccessList() : request.getFailureList();
    List<Chosen> nested = new ArrayList<>();
    for (RequestOp op : ops) {
      if (op.hasRequestTxn()) {
        nested.add(choose(op.getRequestTxn()));
      }
    }
    return new Chosen(succeeded, ops, nested);
  }

  private void check(Chosen chosen) throws KvException {
    int nested = 0;
    for (RequestOp op : chosen.ops) {
      switch (op.getRequestCase()) {
        case REQUEST_RANGE -> checkRange(op.getRequestRange());
        case REQUEST_PUT -> checkPut(store, op.getRequestPut(), revisionBefore);
        case REQUEST_TXN -> check(chosen.nested.get(nested++));
        case REQUEST_DELETE_RANGE, REQUEST_NOT_SET -> {
          // cannot fail
        }
      }
    }
  }

  private void checkRange(RangeRequest request) throws KvException {
    if (request.getRevision() == 0) {
      return;
    }
    if (request.getRevision() > revisionBefore) {
      throw new KvException(KvError.FUTURE_REVISION);
    }
    store.checkReadable(request.getRevision());
  }

  private TxnResponse.Builder execute(Chosen chosen) throws KvException {
    TxnResponse.Builder response = TxnResponse.newBuilder().setSucceeded(chosen.succeeded);
    int nested = 0;
    for (RequestOp op : chosen.ops) {
      ResponseOp.Builder answer = ResponseOp.newBuilder();
      switch (op.getRequestCase()) {
        case REQUEST_RANGE ->
            answer.setResponseRange(ranges.read(op.getRequestRange(), currentRevision()));
        case REQUEST_PUT -> answer.setResponsePut(put(store, op.getRequestPut()));
        case REQUEST_DELETE_RANGE ->
            answer.setResponseDeleteRange(delete(store, op.getRequestDeleteRange()));
        case REQUEST_TXN ->
            answer.setResponseTxn(
                execute(chosen.nested.get(nested++)).setHeader(ResponseHeader.newBuilder()));
        case REQUEST_NOT_SET -> {
          // refused before it was proposed
        }
      }
      response.addResponses(answer);
    }
    return response;
  }

  private long currentRevision() {
    return writes ? store.writerRevision() : revisionBefore;
  }

  /** What must hold before a put may run. */
  static void checkPut(RevisionStore store, PutRequest request, long revision) throws KvException {
    if (request.getLease() != 0 && !store.leases().contains(request.getLease())) {
      throw new KvException(KvError.LEASE_NOT_FOUND);
    }
    boolean needsPrevious = request.getIgnoreValue() || request.getIgnoreLease();
    if (needsPrevious && store.get(request.getKey(), revision) == null) {
      throw new KvException(KvError.KEY_NOT_FOUND);
    }
  }

  /** Writes; the request has passed {@link #checkPut}. */
  static PutResponse put(RevisionStore store, PutRequest request) {
    KeyValue previous = store.get(request.getKey(), store.writerRevision());
    PutResponse.Builder response = PutResponse.newBuilder().setHeader(header(store.nextRevision()));
    if (request.getPrevKv() && previous != null) {
      response.setPrevKv(previous);
    }
    boolean keepsValue = request.getIgnoreValue() && previous != null;
    boolean keepsLease = request.getIgnoreLease() && previous != null;
    store.put(
        request.getKey(),
        keepsValue ? previous.getValue() : request.getValue(),
        keepsLease ? previous.getLease() : request.getLease());
    return response.build();
  }

  /** Deletes what is in the range. */
  static DeleteRangeResponse delete(RevisionStore store, DeleteRangeRequest request) {
    List<KeyValue> victims = new ArrayList<>();
    KeyRange range = KeyRange.of(request.getKey(), request.getRangeEnd());
    store.forEach(range, store.writerRevision(), victims::add);
    victims.forEach(victim -> store.delete(victim.getKey()));
    DeleteRangeResponse.Builder response =
        DeleteRangeResponse.newBuilder()
            .setHeader(header(store.writerRevision()))
            .setDeleted(victims.size());
    if (request.getPrevKv()) {
      response.addAllPrevKvs(victims);
    }
    return response.build();
  }

  static ResponseHeader header(long revision) {
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }
}
