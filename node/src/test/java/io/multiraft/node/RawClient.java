package io.multiraft.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.multiraft.node.wire.RaftFrameDecoder;
import io.multiraft.node.wire.RaftFrameEncoder;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** One blocking connection to a node's port, plain or with TLS, speaking what a test says. */
final class RawClient implements AutoCloseable {
  private static final int SOCKET_TIMEOUT_MILLIS = 30_000;

  private final Socket socket;

  private RawClient(Socket socket) {
    this.socket = socket;
  }

  static RawClient plain(InetSocketAddress address) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
    return new RawClient(socket);
  }

  /**
   * Puts TLS over the connection. The handshake is done when this returns, but with TLS 1.3 the
   * node has not looked at the certificate yet.
   *
   * @param serverName empty: none is said
   */
  RawClient secure(SSLContext context, String version, Optional<String> serverName)
      throws IOException {
    SSLSocket secured =
        (SSLSocket)
            context.getSocketFactory().createSocket(socket, "127.0.0.1", socket.getPort(), true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setServerNames(
        serverName
            .map(name -> List.<javax.net.ssl.SNIServerName>of(new SNIHostName(name)))
            .orElse(List.of()));
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return new RawClient(secured);
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  void sendInPieces(byte[] bytes, Random random) throws IOException {
    socket.setTcpNoDelay(true);
    int at = 0;
    while (at < bytes.length) {
      int piece = Math.min(bytes.length - at, 1 + random.nextInt(bytes.length));
      socket.getOutputStream().write(bytes, at, piece);
      at += piece;
    }
  }

  /** Ends the connection in one of the ways in which connections end, or leaves it open. */
  void leave(Random random) throws IOException {
    switch (random.nextInt(4)) {
      case 0 -> {}
      case 1 -> {
        socket.setSoLinger(true, 0); // a reset
        socket.close();
      }
      case 2 -> {
        socket.setSoTimeout(20);
        try {
          socket.getInputStream().readNBytes(1 << 16);
        } finally {
          socket.close();
        }
      }
      default -> socket.close();
    }
  }

  boolean isOpen() {
    return !socket.isClosed();
  }

  /** Whether the node has closed the connection by now; it must not have sent anything. */
  boolean isClosedByNode() {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** Waits until the node closes; what it sends before is thrown away. */
  void awaitClose() throws IOException {
    try {
      socket.getInputStream().readAllBytes();
    } catch (java.net.SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      // closed with bytes unread, which TCP and TLS call an error
    }
  }

  /** What the node sends until it closes. */
  byte[] receiveAll() throws IOException {
    return socket.getInputStream().readAllBytes();
  }

  /** Sends a request without a body; the status and the whole answer. */
  String http(String method, String path, Optional<String> token) throws IOException {
    send(
        (method
                + " "
                + path
                + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + token.map(text -> "Authorization: Bearer " + text + "\r\n").orElse("")
                + "\r\n")
            .getBytes(US_ASCII));
    String answer = new String(receiveAll(), US_ASCII);
    return answer.substring(answer.indexOf(' ') + 1);
  }

  /** Says hello as a node; what the other one says, empty if it closes the connection. */
  Optional<Hello> hello(int nodeId) throws IOException {
    send(encode(RequestFrame.hello(Hello.of(nodeId, UUID.randomUUID(), 1, FrameLimits.DEFAULT))));
    EmbeddedChannel decoding =
        new EmbeddedChannel(RaftFrameDecoder.ofResponses(FrameLimits.DEFAULT));
    InputStream in = socket.getInputStream();
    byte[] chunk = new byte[1_024];
    ResponseFrame answer = decoding.readInbound();
    while (answer == null) {
      int read = in.read(chunk);
      if (read < 0) {
        return Optional.empty();
      }
      decoding.writeInbound(Unpooled.copiedBuffer(chunk, 0, read));
      answer = decoding.readInbound();
    }
    return Hello.fromMeta(answer.meta());
  }

  static byte[] encode(RequestFrame frame) {
    ByteBuf bytes = RaftFrameEncoder.encode(ByteBufAllocator.DEFAULT, frame);
    byte[] array = new byte[bytes.readableBytes()];
    bytes.readBytes(array).release();
    return array;
  }

  /** A PROXY protocol v2 header for TCP over IPv4 that gives the connection to a group. */
  static byte[] proxyHeader(String group) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        new byte[] {0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a});
    int length = 12 + 3 + group.length();
    out.writeBytes(new byte[] {0x21, 0x11, (byte) (length >> 8), (byte) length});
    out.writeBytes(new byte[] {10, 1, 2, 3, 10, 9, 8, 7, 0x30, 0x39, 0x09, 0x4b});
    out.writeBytes(new byte[] {0x02, (byte) (group.length() >> 8), (byte) group.length()});
    out.writeBytes(group.getBytes(US_ASCII));
    return out.toByteArray();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
