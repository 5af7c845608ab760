package io.multiraft.bench.multiraft;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.PutResponse;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.StatusRequest;
import io.etcd.jetcd.api.StatusResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.multiraft.bench.load.Client;
import io.multiraft.bench.load.Load;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * etcd's protocol through the stubs of jetcd, one connection for each node. A group's requests go
 * to its leader, as the other systems' clients do; any node would take them.
 */
public final class MultiraftClient implements Client {
  private static final Metadata.Key<String> GROUP =
      Metadata.Key.of("multiraft-group", Metadata.ASCII_STRING_MARSHALLER);
  private static final int ATTEMPT_SECONDS = 5;
  private static final int LEADER_SECONDS = 120;
  private static final int POLL_MILLIS = 20;

  private final List<ManagedChannel> nodes = new ArrayList<>();

  /** For each group the channel to its leader, which names the group in every request. */
  private final AtomicReferenceArray<Channel> leaders;

  private final AtomicLongArray compacted;

  private MultiraftClient(List<String> servers, int groups) {
    for (String server : servers) {
      int colon = server.lastIndexOf(':');
      nodes.add(
          NettyChannelBuilder.forAddress(
                  server.substring(0, colon), Integer.parseInt(server.substring(colon + 1)))
              .usePlaintext()
              .directExecutor() // answers only start the next write
              .build());
    }
    leaders = new AtomicReferenceArray<>(groups);
    compacted = new AtomicLongArray(groups);
    for (int group = 0; group < groups; group++) {
      compacted.set(group, 1); // the revision of an empty store
    }
  }

  /** The load process. */
  public static void main(String[] args) throws Exception {
    Load.serve(args, MultiraftClient::new);
  }

  @Override
  public void awaitLeader(int group) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LEADER_SECONDS);
    StatusRuntimeException last = null;
    while (System.nanoTime() - deadline < 0) {
      for (ManagedChannel node : nodes) {
        Channel channel = ClientInterceptors.intercept(node, new GroupHeader(group));
        try {
          StatusResponse status =
              MaintenanceGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(ATTEMPT_SECONDS, TimeUnit.SECONDS)
                  .status(StatusRequest.getDefaultInstance());
          if (status.getLeader() != 0 && status.getLeader() == status.getHeader().getMemberId()) {
            leaders.set(group, channel);
            read(group, ByteString.copyFromUtf8("none")); // it can reach its followers
            return;
          }
        } catch (StatusRuntimeException e) {
          last = e;
        }
      }
      Thread.sleep(POLL_MILLIS);
    }
    throw new IllegalStateException("no leader of group " + group, last);
  }

  @Override
  public void put(int group, byte[] key, byte[] value, Outcome outcome) {
    PutRequest request =
        PutRequest.newBuilder()
            .setKey(UnsafeByteOperations.unsafeWrap(key))
            .setValue(UnsafeByteOperations.unsafeWrap(value))
            .build();
    ClientCalls.asyncUnaryCall(
        leaders.get(group).newCall(KVGrpc.getPutMethod(), CallOptions.DEFAULT),
        request,
        new StreamObserver<PutResponse>() {
          @Override
          public void onNext(PutResponse response) {
            // the answer counts once the call has ended well
          }

          @Override
          public void onError(Throwable failure) {
            outcome.done(failure);
          }

          @Override
          public void onCompleted() {
            outcome.done(null);
          }
        });
  }

  @Override
  public Stored get(int group, byte[] key) {
    RangeResponse response = read(group, ByteString.copyFrom(key));
    if (response.getKvsCount() == 0) {
      return new Stored(0, new byte[0]);
    }
    KeyValue found = response.getKvs(0);
    return new Stored(found.getVersion(), found.getValue().toByteArray());
  }

  private RangeResponse read(int group, ByteString key) {
    return KVGrpc.newBlockingStub(leaders.get(group))
        .withDeadlineAfter(ATTEMPT_SECONDS, TimeUnit.SECONDS)
        .range(RangeRequest.newBuilder().setKey(key).build());
  }

  /** etcd keeps every version of a key until its user compacts; the others keep the last one. */
  @Override
  public void tidy(int group) {
    long revision = read(group, ByteString.copyFromUtf8("none")).getHeader().getRevision();
    if (revision > compacted.get(group)) {
      KVGrpc.newBlockingStub(leaders.get(group))
          .withDeadlineAfter(ATTEMPT_SECONDS, TimeUnit.SECONDS)
          .compact(CompactionRequest.newBuilder().setRevision(revision).build());
      compacted.set(group, revision);
    }
  }

  @Override
  public void close() {
    nodes.forEach(ManagedChannel::shutdownNow);
  }

  private static final class GroupHeader implements ClientInterceptor {
    private final String name;

    /** Group ids begin at 1: 0 is the one of old peers. */
    GroupHeader(int group) {
      this.name = Integer.toString(group + 1);
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        @Override
        public void start(Listener<R> listener, Metadata headers) {
          headers.put(GROUP, name);
          super.start(listener, headers);
        }
      };
    }
  }
}
