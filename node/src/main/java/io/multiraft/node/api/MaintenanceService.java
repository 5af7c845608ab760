package io.multiraft.node.api;

import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.AlarmRequest;
import io.etcd.jetcd.api.AlarmResponse;
import io.etcd.jetcd.api.DefragmentRequest;
import io.etcd.jetcd.api.DefragmentResponse;
import io.etcd.jetcd.api.HashKVRequest;
import io.etcd.jetcd.api.HashKVResponse;
import io.etcd.jetcd.api.HashRequest;
import io.etcd.jetcd.api.HashResponse;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.StatusRequest;
import io.etcd.jetcd.api.StatusResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.multiraft.node.GroupStatus;
import io.multiraft.node.kv.KvHash;

/** etcd's Maintenance, as far as it makes sense without a database file. */
final class MaintenanceService extends MaintenanceGrpc.MaintenanceImplBase {
  /** What clients take for the server's etcd version: its API is that of this release. */
  private static final String ETCD_VERSION = "3.6.0";

  // younger than the generated classes
  private static final int HASH_REVISION_FIELD = 4;

  private final Calls calls;

  MaintenanceService(Calls calls) {
    this.calls = calls;
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    calls.answer(observer, () -> status(group));
  }

  private static StatusResponse status(GroupEndpoint group) {
    GroupStatus status = group.server().status();
    // etcd's database is never empty, and etcdctl divides by its size
    long sizeBytes = Math.max(1, group.store().bytes());
    StatusResponse.Builder response =
        StatusResponse.newBuilder()
            .setHeader(Calls.header(group, group.store().revision()))
            .setVersion(ETCD_VERSION)
            .setDbSize(sizeBytes)
            .setDbSizeInUse(sizeBytes)
            .setLeader(status.leaderServerId().orElse(0))
            .setRaftIndex(status.commitIndex())
            .setRaftTerm(status.term())
            .setRaftAppliedIndex(status.appliedIndex())
            .setIsLearner(isLearner(status));
    if (status.leaderServerId().isEmpty()) {
      response.addErrors("etcdserver: no leader");
    }
    status.failure().ifPresent(response::addErrors);
    return response.build();
  }

  private static boolean isLearner(GroupStatus status) {
    return status.members().stream()
        .filter(member -> member.serverId() == status.serverId())
        .anyMatch(member -> !member.isVoter());
  }

  /** A hash of the store as this member has applied it, to be compared with other members'. */
  @Override
  public void hashKV(HashKVRequest request, StreamObserver<HashKVResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    calls.answer(
        observer,
        () -> {
          KvHash hash = group.store().hash(request.getRevision());
          return HashKVResponse.newBuilder()
              .setHeader(Calls.header(group, group.store().revision()))
              .setHash(hash.hash())
              .setCompactRevision(hash.compactRevision())
              .setUnknownFields(
                  UnknownFieldSet.newBuilder()
                      .addField(
                          HASH_REVISION_FIELD,
                          UnknownFieldSet.Field.newBuilder().addVarint(hash.hashRevision()).build())
                      .build())
              .build();
        });
  }

  /** Etcd's hash of its whole file; here of the store's newest state. */
  @Override
  public void hash(HashRequest request, StreamObserver<HashResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    calls.answer(
        observer,
        () ->
            HashResponse.newBuilder()
                .setHeader(Calls.header(group, group.store().revision()))
                .setHash(group.store().hash(0).hash())
                .build());
  }

  /** There is no file with holes in it: what is compacted is gone. */
  @Override
  public void defragment(DefragmentRequest request, StreamObserver<DefragmentResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    calls.answer(
        observer,
        () ->
            DefragmentResponse.newBuilder()
                .setHeader(Calls.header(group, group.store().revision()))
                .build());
  }

  /** No alarm can be raised, so the list is empty; health checks ask for it. */
  @Override
  public void alarm(AlarmRequest request, StreamObserver<AlarmResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    if (request.getAction() != AlarmRequest.AlarmAction.GET) {
      observer.onError(
          Status.UNIMPLEMENTED
              .withDescription("Multiraft raises no alarms, there is none to change")
              .asRuntimeException());
      return;
    }
    calls.answer(
        observer, () -> AlarmResponse.newBuilder().setHeader(Calls.header(group, 0)).build());
  }
}
