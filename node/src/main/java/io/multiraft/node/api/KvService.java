package io.multiraft.node.api;

import com.google.protobuf.MessageLite;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.CompactionResponse;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.DeleteRangeResponse;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.PutResponse;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.stub.StreamObserver;
import io.multiraft.node.kv.KvCommand;
import io.multiraft.node.kv.KvException;
import io.multiraft.node.kv.KvRequests;
import io.multiraft.node.kv.KvResult;

/**
 * etcd's KV: writes through the log, reads behind a read barrier or, when serializable, at once.
 */
final class KvService extends KVGrpc.KVImplBase {
  private final Calls calls;

  KvService(Calls calls) {
    this.calls = calls;
  }

  @Override
  public void range(RangeRequest request, StreamObserver<RangeResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    try {
      KvRequests.check(request);
    } catch (KvException e) {
      observer.onError(RaftStatus.of(e));
      return;
    }
    if (request.getSerializable()) {
      calls.answer(observer, () -> read(group, request));
    } else {
      calls.answerLater(observer, group.server().readBarrier(), ignored -> read(group, request));
    }
  }

  private static RangeResponse read(GroupEndpoint group, RangeRequest request) throws KvException {
    RangeResponse response = group.store().range(request);
    return response.toBuilder().setHeader(filled(group, response.getHeader())).build();
  }

  @Override
  public void put(PutRequest request, StreamObserver<PutResponse> observer) {
    write(
        observer,
        request,
        () -> KvRequests.check(request),
        new KvCommand.Put(request),
        (group, result) -> {
          PutResponse response = KvResult.decode(result, PutResponse.parser());
          return response.toBuilder().setHeader(filled(group, response.getHeader())).build();
        });
  }

  @Override
  public void deleteRange(
      DeleteRangeRequest request, StreamObserver<DeleteRangeResponse> observer) {
    write(
        observer,
        request,
        () -> KvRequests.check(request),
        new KvCommand.DeleteRange(request),
        (group, result) -> {
          DeleteRangeResponse response = KvResult.decode(result, DeleteRangeResponse.parser());
          return response.toBuilder().setHeader(filled(group, response.getHeader())).build();
        });
  }

  @Override
  public void txn(TxnRequest request, StreamObserver<TxnResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    if (!KvRequests.isReadOnly(request)) {
      write(
          observer,
          request,
          () -> KvRequests.check(request),
          new KvCommand.Txn(request),
          (written, result) -> filled(written, KvResult.decode(result, TxnResponse.parser())));
      return;
    }
    try {
      KvRequests.check(request);
    } catch (KvException e) {
      observer.onError(RaftStatus.of(e));
      return;
    }
    if (KvRequests.isSerializable(request)) {
      calls.answer(observer, () -> filled(group, group.store().readOnlyTxn(request)));
    } else {
      calls.answerLater(
          observer,
          group.server().readBarrier(),
          ignored -> filled(group, group.store().readOnlyTxn(request)));
    }
  }

  @Override
  public void compact(CompactionRequest request, StreamObserver<CompactionResponse> observer) {
    write(
        observer,
        request,
        () -> {},
        new KvCommand.Compact(request),
        (group, result) -> {
          CompactionResponse response = KvResult.decode(result, CompactionResponse.parser());
          return response.toBuilder().setHeader(filled(group, response.getHeader())).build();
        });
  }

  /** Looks at a request before it is proposed. */
  private interface Check {
    void run() throws KvException;
  }

  private interface Decoder<T> {
    T decode(GroupEndpoint group, byte[] result);
  }

  private <T> void write(
      StreamObserver<T> observer,
      MessageLite request,
      Check check,
      KvCommand command,
      Decoder<T> decoder) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    try {
      check.run();
      KvRequests.checkSize(request);
    } catch (KvException e) {
      observer.onError(RaftStatus.of(e));
      return;
    }
    calls.answerWrite(
        observer, group.server().append(command.encode()), result -> decoder.decode(group, result));
  }

  private static TxnResponse filled(GroupEndpoint group, TxnResponse response) {
    return response.toBuilder().setHeader(filled(group, response.getHeader())).build();
  }

  private static ResponseHeader filled(GroupEndpoint group, ResponseHeader header) {
    return Calls.header(group, header.getRevision());
  }
}
