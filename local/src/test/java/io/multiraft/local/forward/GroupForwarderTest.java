package io.multiraft.local.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The forwarder between real sockets. */
@Timeout(60)
class GroupForwarderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  /** Fixed part, IPv4 addresses and ports, one TLV. */
  private static final int HEADER_BYTES = 16 + 12 + 3 + "team-a.default".length();

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private ServerSocket node;
  private GroupForwarder forwarder;

  @BeforeEach
  void start() throws IOException {
    node = new ServerSocket();
    node.setReceiveBufferSize(1 << 16);
    node.bind(new InetSocketAddress("127.0.0.1", 0));
    forwarder = forwarder(List.of((InetSocketAddress) node.getLocalSocketAddress()));
  }

  @AfterEach
  void stop() throws IOException {
    forwarder.close();
    node.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private GroupForwarder forwarder(List<InetSocketAddress> nodes) throws IOException {
    return new GroupForwarder(
        loops, new InetSocketAddress("127.0.0.1", 0), "team-a.default", () -> nodes);
  }

  @Test
  void aConnectionBeginsWithOneHeaderThatNamesTheGroup() throws IOException {
    try (Socket client = connect(forwarder);
        Socket accepted = node.accept()) {
      client.getOutputStream().write("PRI".getBytes(StandardCharsets.US_ASCII));
      DataInputStream in = new DataInputStream(accepted.getInputStream());
      byte[] authority = "team-a.default".getBytes(StandardCharsets.US_ASCII);
      assertThat(HexFormat.of().formatHex(in.readNBytes(12))).isEqualTo(SIGNATURE);
      assertThat(in.readUnsignedByte()).as("version 2, PROXY").isEqualTo(0x21);
      assertThat(in.readUnsignedByte()).as("TCP over IPv4").isEqualTo(0x11);
      assertThat(in.readUnsignedShort()).as("length").isEqualTo(12 + 3 + authority.length);
      assertThat(in.readNBytes(4)).containsExactly(127, 0, 0, 1);
      assertThat(in.readNBytes(4)).containsExactly(127, 0, 0, 1);
      assertThat(in.readUnsignedShort()).as("source port").isEqualTo(client.getLocalPort());
      assertThat(in.readUnsignedShort())
          .as("destination port")
          .isEqualTo(forwarder.address().getPort());
      assertThat(in.readUnsignedByte()).as("TLV type AUTHORITY").isEqualTo(0x02);
      assertThat(in.readUnsignedShort()).isEqualTo(authority.length);
      assertThat(in.readNBytes(authority.length)).isEqualTo(authority);
      assertThat(in.readNBytes(3)).asString(StandardCharsets.US_ASCII).isEqualTo("PRI");
    }
  }

  @Test
  void bytesPassBothWaysUnchangedAndEachEndIsPassedOn() throws Exception {
    byte[] request = random(3_000_000);
    byte[] response = random(2_000_000);
    try (Socket client = connect(forwarder);
        Socket accepted = node.accept()) {
      CompletableFuture<byte[]> atNode =
          CompletableFuture.supplyAsync(() -> readAll(accepted, response));
      client.getOutputStream().write(request);
      client.shutdownOutput();
      byte[] back = client.getInputStream().readAllBytes();
      assertThat(back).isEqualTo(response);
      byte[] received = atNode.get(30, TimeUnit.SECONDS);
      assertThat(received).endsWith(request).hasSize(HEADER_BYTES + request.length);
    }
  }

  /** Reads to the end, then answers and ends. */
  private static byte[] readAll(Socket socket, byte[] answer) {
    try {
      byte[] all = socket.getInputStream().readAllBytes();
      socket.getOutputStream().write(answer);
      socket.shutdownOutput();
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aNodeThatDoesNotReadStopsTheClientFromWriting() throws Exception {
    try (Socket client = connect(forwarder);
        Socket accepted = node.accept()) {
      client.setSendBufferSize(1 << 16);
      long total = 64L << 20;
      AtomicLong written = new AtomicLong();
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(() -> write(client, total, written));
      AtomicLong before = new AtomicLong(-1);
      await("the writer is stuck")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(500))
          .until(() -> before.getAndSet(written.get()) == written.get() && written.get() > 0);
      assertThat(written.get()).isLessThan(total / 2);
      accepted.getInputStream().skipNBytes(HEADER_BYTES + total);
      writer.get(30, TimeUnit.SECONDS);
      assertThat(written).hasValue(total);
    }
  }

  private static void write(Socket client, long total, AtomicLong written) {
    byte[] chunk = new byte[1 << 16];
    try {
      OutputStream out = client.getOutputStream();
      while (written.get() < total) {
        out.write(chunk);
        written.addAndGet(chunk.length);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anEndedNodeEndsTheClientsConnection() throws IOException {
    try (Socket client = connect(forwarder)) {
      Socket accepted = node.accept();
      accepted.setSoLinger(true, 0);
      accepted.close();
      assertThat(readToEnd(client)).isEmpty();
    }
  }

  @Test
  void aNodeThatCannotBeReachedIsPassedOver() throws IOException {
    InetSocketAddress gone;
    try (ServerSocket closed = new ServerSocket(0)) {
      gone = new InetSocketAddress("127.0.0.1", closed.getLocalPort());
    }
    InetSocketAddress live = (InetSocketAddress) node.getLocalSocketAddress();
    try (GroupForwarder both = forwarder(List.of(gone, live));
        Socket client = connect(both);
        Socket accepted = node.accept()) {
      assertThat(client.isConnected()).isTrue();
      assertThat(accepted.getInputStream().readNBytes(12)).hasSize(12);
    }
  }

  @Test
  void withoutAReadyNodeTheConnectionIsClosed() throws IOException {
    try (GroupForwarder none = forwarder(List.of());
        Socket client = connect(none)) {
      assertThat(readToEnd(client)).isEmpty();
    }
  }

  private static byte[] readToEnd(Socket socket) {
    try {
      return socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      return new byte[0]; // reset, which is an end too
    }
  }

  private static Socket connect(GroupForwarder to) throws IOException {
    return new Socket("127.0.0.1", to.address().getPort());
  }

  private static byte[] random(int bytes) {
    byte[] random = new byte[bytes];
    new Random(1).nextBytes(random);
    return random;
  }
}
