package io.multiraft.node;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RaftFrameDecoder;
import io.multiraft.node.wire.RaftFrameEncoder;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a stranger, an old peer and a capable peer get on a node's port, byte by byte. */
class SharedPortIT {
  private static final int SOCKET_TIMEOUT_MILLIS = 30_000;

  @TempDir Path directory;
  private TestCluster cluster;

  @BeforeEach
  void start() throws Exception {
    cluster = new TestCluster(directory, 1);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  /** A connection that speaks frames. */
  private final class Peer implements AutoCloseable {
    final Socket socket = new Socket(cluster.address(1).getAddress(), cluster.address(1).getPort());
    final RaftFrameDecoder decoder = RaftFrameDecoder.ofResponses(FrameLimits.DEFAULT);
    final EmbeddedChannel decoding = new EmbeddedChannel(decoder);

    Peer() throws IOException {
      socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
    }

    void send(RequestFrame frame) throws IOException {
      ByteBuf bytes = RaftFrameEncoder.encode(ByteBufAllocator.DEFAULT, frame);
      byte[] array = new byte[bytes.readableBytes()];
      bytes.readBytes(array).release();
      socket.getOutputStream().write(array);
    }

    /** The next answer, null at the end of the connection. */
    ResponseFrame receive() throws IOException {
      InputStream in = socket.getInputStream();
      byte[] chunk = new byte[1_024];
      ResponseFrame frame = decoding.readInbound();
      while (frame == null) {
        int read = in.read(chunk);
        if (read < 0) {
          return null;
        }
        decoding.writeInbound(Unpooled.copiedBuffer(chunk, 0, read));
        frame = decoding.readInbound();
      }
      return frame;
    }

    Hello hello(int nodeId, UUID incarnation, long boot) throws IOException {
      send(RequestFrame.hello(Hello.of(nodeId, incarnation, boot, FrameLimits.DEFAULT)));
      ResponseFrame answer = receive();
      if (answer == null) {
        return null;
      }
      decoder.markPeerCapable();
      assertThat(answer.type()).isEqualTo(MessageType.PING_RESPONSE);
      assertThat(answer.accepted()).isFalse();
      return Hello.fromMeta(answer.meta()).orElseThrow();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static RequestFrame vote(int source) {
    return RequestFrame.legacy(MessageType.PRE_VOTE_REQUEST, source, 1, 5, 4, 10, 9, List.of());
  }

  @Test
  void aHelloIsAnsweredWithTheNodesOwn() throws Exception {
    try (Peer peer = new Peer()) {
      Hello hello = peer.hello(2, UUID.randomUUID(), 1);
      assertThat(new NodeRef(hello.nodeId(), hello.incarnation()))
          .isEqualTo(cluster.node(1).self());
      assertThat(hello.bootNumber()).isEqualTo(1);
    }
  }

  @Test
  void aDiskThatWasRestoredFromAnOldCopyIsRefusedAlsoAfterARestart() throws Exception {
    UUID incarnation = UUID.randomUUID();
    try (Peer peer = new Peer()) {
      assertThat(peer.hello(2, incarnation, 7)).isNotNull();
    }
    cluster.stop(1);
    cluster.start(1);
    try (Peer peer = new Peer()) {
      assertThat(peer.hello(2, incarnation, 6)).isNull();
    }
    try (Peer peer = new Peer()) {
      assertThat(peer.hello(2, incarnation, 8)).isNotNull();
    }
  }

  @Test
  void aPlainPingIsAnsweredPlainly() throws Exception {
    try (Peer peer = new Peer()) {
      peer.send(RequestFrame.legacy(MessageType.PING_REQUEST, 4, 1, 3, 0, 0, 0, List.of()));
      ResponseFrame answer = peer.receive();
      assertThat(answer.type()).isEqualTo(MessageType.PING_RESPONSE);
      assertThat(answer.meta()).isNull();
      assertThat(answer.isExtended()).isFalse();
    }
  }

  @Test
  void anUnknownGroupIsAnsweredAndTheConnectionLivesOn() throws Exception {
    try (Peer peer = new Peer()) {
      peer.hello(2, UUID.randomUUID(), 1);
      for (long request = 1; request <= 3; request++) {
        peer.send(vote(2).extended(99, request));
        ResponseFrame answer = peer.receive();
        assertThat(answer.resultCode()).isEqualTo(ResultCode.UNKNOWN_GROUP);
        assertThat(answer.requestId()).isEqualTo(request);
        assertThat(answer.groupId()).isEqualTo(99);
      }
    }
  }

  @Test
  void aRemovedGroupIsAnsweredAsRemoved() throws Exception {
    cluster.addGroup(5);
    cluster
        .node(1)
        .groups()
        .remove(5, "uid-5", java.util.OptionalInt.empty())
        .get(30, TimeUnit.SECONDS);
    try (Peer peer = new Peer()) {
      peer.hello(2, UUID.randomUUID(), 1);
      peer.send(vote(2).extended(5, 1));
      assertThat(peer.receive().resultCode()).isEqualTo(ResultCode.REMOVED_GROUP);
    }
  }

  @Test
  void anOldFrameWithoutGroupZeroEndsTheConnectionForAnOldPeerOnly() throws Exception {
    try (Peer old = new Peer()) {
      old.send(vote(2));
      assertThat(old.receive()).isNull();
    }
    try (Peer capable = new Peer()) {
      capable.hello(2, UUID.randomUUID(), 1);
      capable.send(vote(2));
      ResponseFrame answer = capable.receive();
      assertThat(answer.resultCode()).isEqualTo(ResultCode.UNKNOWN_GROUP);
      assertThat(answer.isExtended()).isFalse();
    }
  }

  @Test
  void aMemberFromAnotherIncarnationThanTheGroupKnowsIsNotBelieved() throws Exception {
    cluster.addGroup(5);
    cluster.awaitLeader(5);
    try (Peer peer = new Peer()) {
      // server 1 of the group lives on node 1; somebody else claims to be it
      peer.hello(2, UUID.randomUUID(), 1);
      peer.send(vote(1).extended(5, 1));
      assertThat(peer.receive()).isNull();
    }
    try (Peer peer = new Peer()) {
      peer.send(vote(1).extended(5)); // without a hello
      assertThat(peer.receive()).isNull();
    }
  }

  @Test
  void strangeBytesEndTheirConnectionOnly() throws Exception {
    long seed = Long.getLong("multiraft.seed", System.nanoTime());
    Random random = new Random(seed);
    cluster.addGroup(5);
    cluster.awaitLeader(5);
    for (int i = 0; i < 200; i++) {
      byte[] bytes = new byte[1 + random.nextInt(300)];
      random.nextBytes(bytes);
      if (i % 3 == 0) {
        bytes[0] = 0;
      }
      try (Socket socket =
          new Socket(cluster.address(1).getAddress(), cluster.address(1).getPort())) {
        socket.getOutputStream().write(bytes);
      } catch (IOException e) {
        // the node was quicker to close
      }
    }
    byte[] result =
        cluster.member(1, 5).append("still here".getBytes(US_ASCII)).get(30, TimeUnit.SECONDS);
    assertThat(new String(result, US_ASCII)).as("seed " + seed).isEqualTo("1");
  }

  private HttpResponse<String> http(String method, String path, String token, String body)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder()
            .uri(java.net.URI.create("http://127.0.0.1:" + cluster.address(1).getPort() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .build()
        .send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void probesAreOpenAndTheRestNeedsTheToken() throws Exception {
    assertThat(http("GET", "/livez", null, "").statusCode()).isEqualTo(200);
    assertThat(http("GET", "/readyz", null, "").statusCode()).isEqualTo(200);
    assertThat(http("GET", "/metrics", null, "").body()).contains("multiraft_groups");
    for (String token : new String[] {null, "wrong", TestCluster.TOKEN + "x"}) {
      HttpResponse<String> answer = http("GET", "/v1/node", token, "");
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
      assertThat(answer.body()).contains("urn:multiraft:unauthorized");
    }
    assertThat(http("GET", "/v1/node", TestCluster.TOKEN, "").body()).contains("\"nodeId\":1");
  }

  @Test
  void aRequestMayArriveInAnyPiecesAndManyMayBeSentAtOnce() throws Exception {
    byte[] call =
        ("PUT /v1/groups/1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                + TestCluster.TOKEN
                + "\r\nContent-Length: 2\r\n\r\n{}")
            .getBytes(US_ASCII);
    for (int cut = 1; cut < call.length; cut++) {
      try (Socket socket =
          new Socket(cluster.address(1).getAddress(), cluster.address(1).getPort())) {
        socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        socket.getOutputStream().write(call, 0, cut);
        Thread.yield();
        socket.getOutputStream().write(call, cut, call.length - cut);
        socket.getOutputStream().write(call);
        for (int answer = 0; answer < 2; answer++) {
          assertThat(readAnswer(socket.getInputStream())).contains("members is missing");
        }
      }
    }
  }

  private static String readAnswer(InputStream in) throws IOException {
    StringBuilder answer = new StringBuilder();
    while (!answer.toString().endsWith("}")) {
      int next = in.read();
      assertThat(next).as("the connection ended after: " + answer).isNotNegative();
      answer.append((char) next);
    }
    return answer.toString();
  }

  @Test
  void malformedCallsSayWhatIsWrong() throws Exception {
    String token = TestCluster.TOKEN;
    String[][] cases = {
      {"PUT", "/v1/groups/1", "{", "not what this call takes"},
      {"PUT", "/v1/groups/1", "{\"colour\":1}", "there is no field colour"},
      {"PUT", "/v1/groups/1", "{}", "members is missing"},
      {"PUT", "/v1/groups/x", "{}", "group id must be a number"},
      {"PUT", "/v1/groups", "{\"groups\":[]}", "groups is missing"},
      {"DELETE", "/v1/groups/1", "", "parameter uid is missing"},
      {"GET", "/v1/groups?watch=true&since=x", "", "since must be a number"},
    };
    for (String[] wrong : cases) {
      HttpResponse<String> answer = http(wrong[0], wrong[1], token, wrong[2]);
      assertThat(answer.statusCode()).as(wrong[1] + wrong[2]).isEqualTo(400);
      assertThat(answer.body()).contains(wrong[3]);
    }
    assertThat(http("GET", "/v1/groups?watch=true&since=999", token, "").statusCode())
        .isEqualTo(410);
    assertThat(http("GET", "/v1/groups/3", token, "").statusCode()).isEqualTo(404);
    assertThat(http("PATCH", "/v1/groups/3", token, "").statusCode()).isEqualTo(404);
  }
}
