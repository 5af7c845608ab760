package io.multiraft.node.api;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrantResponse;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.LeaseRevokeResponse;
import io.etcd.jetcd.api.LeaseTimeToLiveRequest;
import io.etcd.jetcd.api.LeaseTimeToLiveResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.multiraft.node.RaftServer;
import io.multiraft.node.kv.KeyValueStateMachine;
import io.multiraft.node.kv.KvCommand;
import io.multiraft.node.kv.KvResult;
import io.multiraft.node.kv.Lease;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** etcd's Lease; {@link LeaseKeeper} ends leases that nobody renews. */
final class LeaseService extends LeaseGrpc.LeaseImplBase {
  private final Calls calls;
  private final SecureRandom ids = new SecureRandom();
  private final Map<RaftServer, KeepAliveQueue> keepAlives = new ConcurrentHashMap<>();

  LeaseService(Calls calls) {
    this.calls = calls;
  }

  @Override
  public void leaseGrant(LeaseGrantRequest request, StreamObserver<LeaseGrantResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    long id = request.getID() == 0 ? 1 + (ids.nextLong() >>> 2) : request.getID();
    KvCommand command = new KvCommand.LeaseGrant(request.toBuilder().setID(id).build());
    calls.answerLater(
        observer,
        group.server().append(command.encode()),
        result -> {
          LeaseGrantResponse response = decode(result, LeaseGrantResponse.parser());
          return response.toBuilder()
              .setHeader(Calls.header(group, response.getHeader().getRevision()))
              .build();
        });
  }

  @Override
  public void leaseRevoke(
      LeaseRevokeRequest request, StreamObserver<LeaseRevokeResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    calls.answerLater(
        observer,
        group.server().append(new KvCommand.LeaseRevoke(request).encode()),
        result -> {
          LeaseRevokeResponse response = decode(result, LeaseRevokeResponse.parser());
          return response.toBuilder()
              .setHeader(Calls.header(group, response.getHeader().getRevision()))
              .build();
        });
  }

  private static <T extends MessageLite> T decode(byte[] result, Parser<T> parser) {
    return KvResult.decode(result, parser);
  }

  @Override
  public StreamObserver<LeaseKeepAliveRequest> leaseKeepAlive(
      StreamObserver<LeaseKeepAliveResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    KeepAliveStream stream =
        new KeepAliveStream(
            group,
            (ServerCallStreamObserver<LeaseKeepAliveResponse>) observer,
            id -> renew(group.server(), id),
            calls.requestTimeoutMillis());
    stream.open();
    return stream;
  }

  private CompletableFuture<Long> renew(RaftServer server, long id) {
    CompletableFuture<Long> ttl = new CompletableFuture<>();
    boolean taken = false;
    while (!taken) {
      KeepAliveQueue queue =
          keepAlives.computeIfAbsent(
              server, key -> new KeepAliveQueue(key, () -> keepAlives.remove(key)));
      taken = queue.renew(id, ttl);
    }
    return ttl;
  }

  @Override
  public void leaseTimeToLive(
      LeaseTimeToLiveRequest request, StreamObserver<LeaseTimeToLiveResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    calls.answerLater(
        observer, group.server().readBarrier(), ignored -> timeToLive(group, request));
  }

  private static LeaseTimeToLiveResponse timeToLive(
      GroupEndpoint group, LeaseTimeToLiveRequest request) {
    KeyValueStateMachine store = group.store();
    LeaseTimeToLiveResponse.Builder response =
        LeaseTimeToLiveResponse.newBuilder()
            .setHeader(Calls.header(group, store.revision()))
            .setID(request.getID());
    Optional<Lease> lease = store.lease(request.getID());
    if (lease.isEmpty()) {
      return response.setTTL(-1).build(); // etcd's way to say that it is not there
    }
    response.setTTL(store.remainingSeconds(lease.get())).setGrantedTTL(lease.get().ttlSeconds());
    if (request.getKeys()) {
      response.addAllKeys(lease.get().keys());
    }
    return response.build();
  }
}
