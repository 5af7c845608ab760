package io.multiraft.node.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RaftFrameEncoder;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class PeerConnectionTest {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int RETRY_MILLIS = 10;
  private static final int PING_CODE = 18;

  private final NodeRef peer = new NodeRef(2, new UUID(0, 2));
  private final RaftPeering peering =
      new RaftPeering(
          new RaftGroupDispatcher(groupId -> ResultCode.UNKNOWN_GROUP, System::nanoTime),
          Hello.of(1, new UUID(0, 1), 1, FrameLimits.DEFAULT),
          hello -> CompletableFuture.completedFuture(null),
          true,
          Optional.empty(),
          PortLimits.DEFAULT,
          IncompleteFrames.of(PortLimits.DEFAULT),
          new PortMetrics(new SimpleMeterRegistry()));

  /**
   * A node may die before it has answered the hello. It must not be taken for an old peer, which
   * knows none, for as long as the next connection lasts (found by simulation, seed 37).
   */
  @Test
  void aPeerWhoseHelloWasLostIsAskedAgain() throws Exception {
    try (SocketTransport transport = new SocketTransport(1);
        PeerConnections connections =
            new PeerConnections(transport, peering, RandomGenerator::getDefault);
        ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      server.setSoTimeout(PATIENCE_MILLIS);
      new Asking(connections, transport.nextLoop(), server.getLocalPort()).run();
      try (Socket first = server.accept()) {
        assertThat(firstType(first)).isEqualTo(PING_CODE);
      }
      int type = 0;
      while (type != PING_CODE) {
        try (Socket later = server.accept()) {
          type = firstType(later); // -1: it was closed without a word
        }
      }
    }
  }

  /**
   * A node may be gone without a word, its disk replaced. What groups have for the new incarnation
   * is never sent to the old one, so only a question of the connection's own finds out (found by
   * simulation, seed 525).
   */
  @Test
  void aPeerThatIsNotTheOneThatGroupsExpectIsAskedWhoItIs() throws Exception {
    try (SocketTransport transport = new SocketTransport(1);
        PeerConnections connections =
            new PeerConnections(transport, peering, RandomGenerator::getDefault);
        ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      server.setSoTimeout(PATIENCE_MILLIS);
      new Asking(connections, transport.nextLoop(), server.getLocalPort()).run();
      try (Socket socket = server.accept()) {
        assertThat(readFrame(socket)).isEqualTo(PING_CODE);
        Hello former = Hello.of(2, new UUID(0, 99), 1, FrameLimits.DEFAULT);
        socket.getOutputStream().write(answer(former));
        assertThat(readFrame(socket))
            .as("asked again, on the same connection")
            .isEqualTo(PING_CODE);
        Hello successor = Hello.of(2, new UUID(0, 2), 1, FrameLimits.DEFAULT);
        socket.getOutputStream().write(answer(successor));
        assertThat(socket.getInputStream().read())
            .as("another one answers: it is closed")
            .isEqualTo(-1);
      }
    }
  }

  private static byte[] answer(Hello hello) {
    EmbeddedChannel encoder = new EmbeddedChannel(new RaftFrameEncoder(1 << 20));
    encoder.writeOutbound(
        ResponseFrame.to(RequestFrame.hello(hello), 0, 0, 0, false).withMeta(hello.toBytes()));
    ByteBuf bytes = encoder.readOutbound();
    return ByteBufUtil.getBytes(bytes);
  }

  /** Reads a whole legacy request and returns its type. */
  private static int readFrame(Socket socket) throws Exception {
    socket.setSoTimeout(PATIENCE_MILLIS);
    byte[] header = socket.getInputStream().readNBytes(54);
    int bodyBytes = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt(42);
    socket.getInputStream().readNBytes(bodyBytes);
    return header[1];
  }

  /** Sends a request, and another one soon after each that failed. */
  private final class Asking implements PeerResponse, Runnable {
    private final PeerConnections connections;
    private final EventLoop loop;
    private final int port;

    Asking(PeerConnections connections, EventLoop loop, int port) {
      this.connections = connections;
      this.loop = loop;
      this.port = port;
    }

    @Override
    public void run() {
      connections.send("127.0.0.1:" + port, Optional.of(peer), 7, vote(), this);
    }

    @Override
    public void onResponse(ResponseFrame response) {
      throw new AssertionError("nobody answers here");
    }

    @Override
    public void onFailure(boolean surelyNotSent) {
      if (!loop.isShuttingDown()) {
        loop.schedule(this, RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  private static RequestFrame vote() {
    return RequestFrame.legacy(MessageType.REQUEST_VOTE_REQUEST, 1, 2, 1, 0, 0, 0, List.of());
  }

  /** The type of the first frame on a connection: its second byte. */
  private static int firstType(Socket socket) throws Exception {
    socket.setSoTimeout(PATIENCE_MILLIS);
    byte[] start = socket.getInputStream().readNBytes(2);
    return start.length < 2 ? -1 : start[1];
  }
}
