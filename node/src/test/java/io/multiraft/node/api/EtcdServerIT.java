package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.multiraft.node.RaftException;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The services on real sockets: the relay's back-pressure, group choice, failures. */
class EtcdServerIT {
  private static final ByteString KEY = ByteString.copyFromUtf8("key");

  private final InMemoryGroup group = new InMemoryGroup(7, "team-a");
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  private EtcdPort port(Optional<String> bound, long requestTimeoutMillis) throws Exception {
    EtcdPort port = new EtcdPort(bound, requestTimeoutMillis, group);
    open.add(port);
    return port;
  }

  private ManagedChannel connect(int port) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .flowControlWindow(256 * 1024 * 1024)
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
    open.add(() -> channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS));
    return channel;
  }

  private static PutRequest put(String value) {
    return PutRequest.newBuilder().setKey(KEY).setValue(ByteString.copyFromUtf8(value)).build();
  }

  @Test
  void findsTheGroupInTheMetadata() throws Exception {
    KVGrpc.KVBlockingStub kv =
        KVGrpc.newBlockingStub(connect(port(Optional.empty(), 5_000).port()));
    assertThatThrownBy(() -> kv.put(put("1"))).hasMessageContaining("names no group");
    assertThat(named(kv, "team-a.default").put(put("1")).getHeader().getRevision()).isEqualTo(2);
    assertThatThrownBy(() -> named(kv, "nobody").put(put("1")))
        .hasMessageStartingWith("NOT_FOUND: this node has no group \"nobody\"");
  }

  private static KVGrpc.KVBlockingStub named(KVGrpc.KVBlockingStub kv, String group) {
    Metadata metadata = new Metadata();
    metadata.put(GroupChooser.METADATA_KEY, group);
    return kv.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
  }

  @Test
  void aBoundConnectionReachesNoOtherGroup() throws Exception {
    KVGrpc.KVBlockingStub kv =
        KVGrpc.newBlockingStub(connect(port(Optional.of("team-a.default"), 5_000).port()));
    assertThat(kv.put(put("1")).getHeader().getMemberId()).isEqualTo(1);
    assertThatThrownBy(() -> named(kv, "team-b").put(put("1")))
        .hasMessageStartingWith("PERMISSION_DENIED");
  }

  @ParameterizedTest
  @CsvSource({
    "NO_LEADER, UNAVAILABLE: etcdserver: no leader",
    "NOT_LEADER, UNAVAILABLE: etcdserver: leader changed",
    "OVERLOADED, RESOURCE_EXHAUSTED: etcdserver: too many requests",
    "UNKNOWN_OUTCOME, UNAVAILABLE: etcdserver: request timed out",
    "STOPPED, UNAVAILABLE: etcdserver: server stopped",
  })
  void failuresHaveEtcdsWords(RaftException.Reason reason, String message) throws Exception {
    KVGrpc.KVBlockingStub kv =
        KVGrpc.newBlockingStub(connect(port(Optional.of("team-a.default"), 5_000).port()));
    group.failure = new RaftException(reason, "a test");
    assertThatThrownBy(() -> kv.put(put("1"))).hasMessage(message);
    assertThat(group.appends).as("proposed once").isEqualTo(1);
    assertThatThrownBy(() -> kv.range(RangeRequest.newBuilder().setKey(KEY).build()))
        .hasMessage(message);
    assertThat(kv.range(RangeRequest.newBuilder().setKey(KEY).setSerializable(true).build()))
        .as("needs no leader")
        .isNotNull();
  }

  @Test
  void doesNotWaitForEverAndRefusesWhatIsTooLarge() throws Exception {
    KVGrpc.KVBlockingStub kv =
        KVGrpc.newBlockingStub(connect(port(Optional.of("team-a.default"), 200).port()));
    group.silent = true;
    assertThatThrownBy(() -> kv.put(put("1")))
        .hasMessage("UNAVAILABLE: etcdserver: request timed out");
    assertThat(group.appends).isEqualTo(1);
    assertThatThrownBy(() -> kv.put(put("x".repeat(1_600_000))))
        .hasMessage("INVALID_ARGUMENT: etcdserver: request is too large");
    assertThat(group.appends).isEqualTo(1);
  }

  @Test
  void aSlowReaderHoldsBackTheServerAndGetsEverything() throws Exception {
    EtcdPort port = port(Optional.of("team-a.default"), 60_000);
    CountDownLatch mayRead = new CountDownLatch(1);
    StallingProxy proxy = new StallingProxy(port.port(), mayRead);
    open.add(proxy);
    ManagedChannel channel = connect(proxy.port());
    ByteString value = ByteString.copyFrom(new byte[1024 * 1024]);
    KVGrpc.newBlockingStub(connect(port.port()))
        .put(PutRequest.newBuilder().setKey(KEY).setValue(value).build());

    List<Future<RangeResponse>> answers = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      answers.add(
          ClientCalls.futureUnaryCall(
              channel.newCall(KVGrpc.getRangeMethod(), io.grpc.CallOptions.DEFAULT),
              RangeRequest.newBuilder().setKey(KEY).build()));
    }
    Channel stalled = awaitStalled(port);
    Http2Relay relay = stalled.pipeline().get(Http2Relay.class);
    long waiting = stalled.unsafe().outboundBuffer().totalPendingWriteBytes();
    assertThat(waiting + relay.bytesInFlight())
        .as("bytes between gRPC and the socket")
        .isLessThan(1024 * 1024);

    mayRead.countDown();
    for (Future<RangeResponse> answer : answers) {
      assertThat(answer.get(60, TimeUnit.SECONDS).getKvs(0).getValue()).isEqualTo(value);
    }
  }

  /** The connection whose client reads nothing, once it has stayed unwritable for a while. */
  private static Channel awaitStalled(EtcdPort port) throws InterruptedException {
    int quietRounds = 0;
    while (true) {
      Optional<Channel> stalled =
          port.accepted.stream().filter(each -> each.isActive() && !each.isWritable()).findFirst();
      quietRounds = stalled.isPresent() ? quietRounds + 1 : 0;
      if (quietRounds == 20) {
        return stalled.get();
      }
      Thread.sleep(25);
    }
  }

  @Test
  void eitherEndClosesTheOther() throws Exception {
    EtcdPort port = port(Optional.of("team-a.default"), 5_000);
    ManagedChannel channel = connect(port.port());
    KVGrpc.newBlockingStub(channel).put(put("1"));
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    Channel accepted = port.accepted.get(0);
    assertThat(accepted.closeFuture().await(10, TimeUnit.SECONDS)).isTrue();

    ManagedChannel second = connect(port.port());
    KVGrpc.newBlockingStub(second).put(put("1"));
    port.server.shutdown(5_000);
    assertThat(port.accepted.get(1).closeFuture().await(10, TimeUnit.SECONDS)).isTrue();
  }

  /** Forwards bytes to the server at once and back only when it may. */
  private static final class StallingProxy implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final int targetPort;
    private final CountDownLatch mayRead;

    StallingProxy(int targetPort, CountDownLatch mayRead) throws IOException {
      this.targetPort = targetPort;
      this.mayRead = mayRead;
      start(this::serve);
    }

    int port() {
      return listener.getLocalPort();
    }

    private interface Work {
      void run() throws Exception;
    }

    private static void start(Work work) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run();
                } catch (Exception e) {
                  // the test has ended or fails by what is missing
                }
              });
      thread.setDaemon(true);
      thread.start();
    }

    private void serve() throws IOException {
      Socket client = listener.accept();
      Socket target = new Socket(InetAddress.getLoopbackAddress(), targetPort);
      start(() -> copy(client.getInputStream(), target.getOutputStream()));
      start(
          () -> {
            // the handshake passes, then nothing until the test allows it
            byte[] first = new byte[256];
            int read = target.getInputStream().read(first);
            client.getOutputStream().write(first, 0, read);
            mayRead.await();
            copy(target.getInputStream(), client.getOutputStream());
          });
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
      from.transferTo(to);
    }

    @Override
    public void close() throws IOException {
      mayRead.countDown();
      listener.close();
    }
  }
}
