package io.multiraft.node;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.tls.TlsConfig.Provider;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that keep silent, speak slowly, claim much or do not listen: each has its bound. */
class PortBoundsTest {
  private static final int PLAIN = 1;
  private static final int SECURED = 2;

  @TempDir Path directory;
  private TlsCluster cluster;
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  private void start(
      int maxConnections,
      int maxUndetected,
      int detectionMillis,
      long maxIncompleteBytes,
      int maxMessageSeconds)
      throws Exception {
    PortLimits limits =
        new PortLimits(
            maxConnections,
            maxUndetected,
            detectionMillis,
            64 << 20,
            maxIncompleteBytes,
            maxMessageSeconds,
            4_096,
            32 << 20);
    cluster = new TlsCluster(directory, true, limits, null, Provider.JDK);
  }

  private RawClient connect(int node) throws IOException {
    RawClient client = RawClient.plain(cluster.address(node));
    open.add(client);
    return client;
  }

  private RawClient connect(int node, byte[] first) throws IOException {
    RawClient client = connect(node);
    client.send(first);
    return client;
  }

  private RawClient secure(RawClient plain) throws Exception {
    RawClient secured =
        plain.secure(cluster.pki.clientContext(cluster.pki.admin()), "TLSv1.3", Optional.empty());
    open.add(secured);
    return secured;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  private static byte[] frameWith(int payloadBytes) {
    LogEntry entry = LogEntry.of(1, EntryType.APP_LOG, new byte[payloadBytes]);
    return RawClient.encode(
        RequestFrame.legacy(MessageType.APPEND_ENTRIES_REQUEST, 2, 1, 1, 1, 1, 1, List.of(entry)));
  }

  @Test
  void whoeverDoesNotComeToAProtocolIsClosed() throws Exception {
    start(1_000, 100, 5_000, 64 << 20, 30);
    byte[] proxy = RawClient.proxyHeader("team-a.default");
    List<RawClient> halfOpen =
        List.of(
            connect(SECURED),
            connect(SECURED, ascii("GE")),
            connect(SECURED, ascii("PRI * HTTP/2.0\r\n\r\nSM")),
            connect(SECURED, Arrays.copyOf(proxy, 20)),
            connect(SECURED, proxy),
            connect(SECURED, new byte[] {0x16}),
            connect(SECURED, new byte[] {0x16, 0x03, 0x01, 0x02, 0x00, 0x01}),
            secure(connect(SECURED)),
            secure(connect(SECURED, proxy)));
    RawClient begun = secure(connect(SECURED));
    begun.send(ascii("PUT"));
    for (RawClient client : halfOpen) {
      client.awaitClose();
    }
    begun.awaitClose();
    assertThat(cluster.refused(SECURED, "silent")).isEqualTo(halfOpen.size() + 1);
  }

  @Test
  void silentConnectionsMakeWayForThoseThatSpeak() throws Exception {
    start(1_000, 10, 60_000, 64 << 20, 30);
    for (int i = 0; i < 50; i++) {
      connect(PLAIN);
    }
    Awaitility.await("the oldest are closed")
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> cluster.refused(PLAIN, "too-many-undetected") >= 40);
    assertThat(connect(PLAIN).http("GET", "/readyz", Optional.empty())).startsWith("200");
  }

  @Test
  void oneConnectionTooManyIsClosedAndTheOthersStay() throws Exception {
    start(30, 1_000, 60_000, 64 << 20, 30);
    RawClient first = connect(PLAIN);
    Awaitility.await("the first is there, beside the one that asks")
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> cluster.metric(PLAIN, cluster.pki, "multiraft_port_connections") == 2);
    List<RawClient> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      all.add(connect(PLAIN));
    }
    Awaitility.await("those beyond the 30th are closed")
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> all.stream().filter(RawClient::isClosedByNode).count() == 11);
    assertThat(first.http("GET", "/readyz", Optional.empty())).startsWith("200");
    for (RawClient client : all) {
      client.close();
    }
    Awaitility.await("there is room again")
        .atMost(60, TimeUnit.SECONDS)
        .ignoreExceptions()
        .until(() -> cluster.refused(PLAIN, "too-many-connections") >= 11);
  }

  @Test
  void aMessageThatDoesNotEndEndsItsConnection() throws Exception {
    start(1_000, 100, 60_000, 64 << 20, 2);
    byte[] frame = frameWith(1_000);
    RawClient half = connect(PLAIN, Arrays.copyOf(frame, 500));
    RawClient header = connect(PLAIN, Arrays.copyOf(frame, 10));
    RawClient drop = connect(PLAIN, ascii("GET /livez HTTP/1.1\r\nHost: "));
    Thread dripping =
        new Thread(
            () -> {
              try {
                while (true) {
                  drop.send(ascii("a"));
                  Thread.sleep(50);
                }
              } catch (IOException | InterruptedException e) {
                // closed, as it should be
              }
            });
    dripping.start();
    half.awaitClose();
    header.awaitClose();
    drop.awaitClose();
    dripping.interrupt();
    dripping.join(30_000);
    assertThat(cluster.refused(PLAIN, "unfinished-frame")).isEqualTo(2);
    assertThat(cluster.refused(PLAIN, "http-unfinished-request")).isEqualTo(1);
  }

  @Test
  void halfReceivedFramesHaveOneBoundForTheNode() throws Exception {
    start(1_000, 100, 60_000, 1 << 20, 60);
    byte[] frame = frameWith(400_000);
    List<RawClient> halves = new ArrayList<>();
    while (cluster.refused(PLAIN, "no-room-for-frames") == 0) {
      assertThat(halves).hasSizeLessThan(10);
      halves.add(connect(PLAIN, Arrays.copyOf(frame, 390_000)));
    }
    assertThat(halves.size()).isGreaterThan(2);
    for (RawClient half : halves) {
      half.close();
    }
    Awaitility.await("the half frames are given back")
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> cluster.metric(PLAIN, cluster.pki, "multiraft_port_connections") == 1);
    RawClient whole = connect(PLAIN, Arrays.copyOf(frame, 390_000));
    whole.send(Arrays.copyOfRange(frame, 390_000, frame.length));
    whole.awaitClose();
    assertThat(cluster.refused(PLAIN, "raft-not-allowed")).as("read to its end").isEqualTo(1);
  }

  @Test
  void aProxyHeaderWithAMistakeEndsItsConnection() throws Exception {
    start(1_000, 100, 60_000, 64 << 20, 60);
    int refused = 0;
    for (int mistakeAt : new int[] {12, 13}) {
      for (int cut = 1; cut < 40; cut++) {
        byte[] header = RawClient.proxyHeader("team-a.default");
        header[mistakeAt] = 0x77;
        RawClient client = connect(PLAIN, Arrays.copyOf(header, cut));
        client.send(Arrays.copyOfRange(header, cut, header.length));
        client.awaitClose();
        refused++;
      }
    }
    assertThat(cluster.refused(PLAIN, "bad-proxy-header")).isEqualTo(refused);
  }

  @Test
  void aBodyOfSomebodyWithoutTheTokenIsNotWaitedFor() throws Exception {
    start(1_000, 100, 60_000, 64 << 20, 60);
    RawClient client =
        connect(
            PLAIN, ascii("PUT /v1/groups HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n"));
    assertThat(new String(client.receiveAll(), US_ASCII)).contains(" 401 ");
    assertThat(cluster.refused(PLAIN, "http-body-without-right")).isEqualTo(1);
  }

  @Test
  void whoeverDoesNotListenCannotAskOn() throws Exception {
    start(1_000, 100, 60_000, 64 << 20, 60);
    byte[] ping =
        RawClient.encode(
            RequestFrame.legacy(MessageType.PING_REQUEST, 4, 1, 3, 0, 0, 0, List.of()));
    assertThat(bytesTakenWithoutAnAnswerRead(ping)).isLessThan(MANY_BYTES);
    byte[] get = ascii("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(bytesTakenWithoutAnAnswerRead(get)).isLessThan(MANY_BYTES);
  }

  /** More than the sockets of both sides hold. */
  private static final long MANY_BYTES = 64 << 20;

  private long bytesTakenWithoutAnAnswerRead(byte[] request) throws Exception {
    try (SocketChannel channel = SocketChannel.open()) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, 16 << 10);
      channel.setOption(StandardSocketOptions.SO_SNDBUF, 64 << 10);
      channel.connect(cluster.address(PLAIN));
      channel.configureBlocking(false);
      ByteBuffer many = ByteBuffer.allocate(request.length * 1_000);
      while (many.hasRemaining()) {
        many.put(request);
      }
      long taken = 0;
      int stalledRounds = 0;
      while (stalledRounds < 20 && taken < MANY_BYTES) {
        if (!many.hasRemaining() || taken == 0) {
          many.flip().position(0).limit(many.capacity());
        }
        int written;
        try {
          written = channel.write(many);
        } catch (IOException e) {
          return taken; // closed, for asking too much at once
        }
        taken += written;
        stalledRounds = written == 0 ? stalledRounds + 1 : 0;
        if (written == 0) {
          Thread.sleep(50);
        }
      }
      return taken;
    }
  }
}
