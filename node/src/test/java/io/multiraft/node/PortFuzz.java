package io.multiraft.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** What strangers may send to a port: made at random, most of it close to something valid. */
final class PortFuzz {
  /** The kinds of attack, each of them a protocol's beginning and its damage. */
  enum Kind {
    RANDOM_BYTES,
    CAPTURED_FRAME,
    OWN_FRAME,
    HTTP1,
    HTTP2,
    TLS_RECORDS,
    PROXY_HEADER
  }

  private static final byte[] HTTP2_PREFACE = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  private static final Pattern VECTOR =
      Pattern.compile("\"dir\":\"req\",\"header\":\"([0-9a-f]*)\",\"body\":\"([0-9a-f]*)\"");
  private static final String[] VECTOR_FILES = {
    "02_join_sync_log",
    "03_leader_kill_prevote_vote",
    "05_priority_learner",
    "06_remove_srv",
    "07_snapshot_join",
    "09_auto_forward",
    "10a_log_timestamp",
    "10c_crc_entire",
    "10d_meta",
    "10e_hint",
    "20_multiraft"
  };

  private final List<byte[]> frames;
  private final byte[] clientHello;

  PortFuzz(SSLContext context) throws IOException {
    frames = frames();
    clientHello = clientHello(context);
  }

  private static List<byte[]> frames() throws IOException {
    List<byte[]> frames = new ArrayList<>();
    for (String file : VECTOR_FILES) {
      try (InputStream in = PortFuzz.class.getResourceAsStream("/vectors/" + file + ".jsonl")) {
        Matcher each = VECTOR.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        while (each.find()) {
          frames.add(HexFormat.of().parseHex(each.group(1) + each.group(2)));
        }
      }
    }
    return frames;
  }

  private static byte[] clientHello(SSLContext context) throws IOException {
    SSLEngine engine = context.createSSLEngine("team-a.default.svc", 2379);
    engine.setUseClientMode(true);
    engine.beginHandshake();
    ByteBuffer out = ByteBuffer.allocate(1 << 16);
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  /** The bytes of one connection. */
  byte[] make(Kind kind, Random random) {
    return switch (kind) {
      case RANDOM_BYTES -> bytes(random, 1 + random.nextInt(600));
      case CAPTURED_FRAME -> capturedFrames(random);
      case OWN_FRAME -> ownFrames(random);
      case HTTP1 -> http1(random);
      case HTTP2 -> http2(random);
      case TLS_RECORDS -> tls(random);
      case PROXY_HEADER -> proxy(random);
    };
  }

  private byte[] capturedFrames(Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      byte[] frame = frames.get(random.nextInt(frames.size()));
      out.writeBytes(random.nextInt(3) == 0 ? frame : damaged(frame, random));
    }
    return out.toByteArray();
  }

  /** A hello, mostly, and then frames in order of form and of no meaning. */
  private static byte[] ownFrames(Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (random.nextInt(4) > 0) {
      Hello hello =
          Hello.of(
              2 + random.nextInt(3),
              new UUID(random.nextLong(), random.nextLong()),
              1,
              FrameLimits.DEFAULT);
      out.writeBytes(RawClient.encode(RequestFrame.hello(hello)));
    }
    MessageType[] requests =
        Stream.of(MessageType.values()).filter(MessageType::isRequest).toArray(MessageType[]::new);
    for (int n = 1 + random.nextInt(5); n > 0; n--) {
      MessageType type = requests[random.nextInt(requests.length)];
      RequestFrame frame;
      try {
        frame = frame(type, random, entries(random));
      } catch (IllegalArgumentException e) {
        frame = frame(type, random, List.of()); // a type without a body
      }
      frame =
          switch (random.nextInt(3)) {
            case 0 -> frame;
            case 1 -> frame.extended(small(random));
            default -> frame.extended(small(random), random.nextLong());
          };
      byte[] encoded = RawClient.encode(frame);
      out.writeBytes(random.nextInt(4) == 0 ? damaged(encoded, random) : encoded);
    }
    return out.toByteArray();
  }

  private static RequestFrame frame(MessageType type, Random random, List<LogEntry> entries) {
    return RequestFrame.legacy(
        type,
        small(random),
        small(random),
        random.nextInt(1_000),
        random.nextInt(1_000),
        random.nextInt(1_000),
        random.nextInt(1_000),
        entries);
  }

  private static int small(Random random) {
    return random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(6);
  }

  private static List<LogEntry> entries(Random random) {
    byte[] types = {
      EntryType.APP_LOG,
      EntryType.CONF,
      EntryType.SNAPSHOT_SYNC_REQUEST,
      EntryType.CLUSTER_SERVER,
      EntryType.LOG_PACK,
      EntryType.CUSTOM,
      (byte) random.nextInt()
    };
    return Stream.generate(
            () ->
                LogEntry.of(
                    random.nextInt(1_000),
                    types[random.nextInt(types.length)],
                    bytes(random, random.nextInt(80))))
        .limit(random.nextInt(4))
        .toList();
  }

  private static byte[] http1(Random random) {
    String[] methods = {"GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "GETT"};
    String[] paths = {
      "/livez",
      "/readyz",
      "/metrics",
      "/v1/node",
      "/v1/groups",
      "/v1/groups/1",
      "/v1/groups?watch=true",
      "/v1/groups/x/members",
      "/%zz",
      "*",
      "//",
      "/?" + "a=b&".repeat(50)
    };
    String[] headers = {
      "Content-Length: 5",
      "Content-Length: -1",
      "Content-Length: 99999999999",
      "Content-Length: 5\r\nContent-Length: 6",
      "Transfer-Encoding: chunked",
      "Expect: 100-continue",
      "Connection: close",
      "Connection: upgrade\r\nUpgrade: h2c",
      "X: " + "y".repeat(random.nextInt(10_000)),
      "Authorization: Bearer " + TlsCluster.TOKEN,
      "Authorization: Bearer x",
      "\u0000: \u0000",
      ": :"
    };
    StringBuilder text = new StringBuilder();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      // only what changes nothing carries the token
      String method = methods[random.nextInt(methods.length)];
      text.append(method).append(' ').append(paths[random.nextInt(paths.length)]);
      text.append(random.nextInt(8) == 0 ? " HTTP/9.9\r\n" : " HTTP/1.1\r\n");
      for (int h = random.nextInt(5); h > 0; h--) {
        text.append(headers[random.nextInt(headers.length)]).append("\r\n");
      }
      text.append("\r\n").append(random.nextInt(3) == 0 ? "5\r\n{\"a\":\r\n0\r\n\r\n" : "");
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    return random.nextInt(3) == 0 ? damaged(bytes, random) : bytes;
  }

  private static byte[] http2(Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(HTTP2_PREFACE);
    if (random.nextInt(6) > 0) {
      frame(out, 4, 0, 0, new byte[0]); // settings
    }
    for (int n = random.nextInt(12); n > 0; n--) {
      int type = random.nextInt(8) == 0 ? random.nextInt(256) : random.nextInt(10);
      int stream =
          random.nextInt(3) == 0 ? random.nextInt() & 0x7fffffff : 1 + 2 * random.nextInt(3);
      byte[] payload =
          type == 1 && random.nextBoolean() ? headers() : bytes(random, random.nextInt(60));
      int repeat = random.nextInt(20) == 0 ? 500 : 1;
      for (int i = 0; i < repeat; i++) {
        frame(out, type, random.nextInt(4) == 0 ? random.nextInt(256) : 4, stream, payload);
      }
    }
    byte[] bytes = out.toByteArray();
    return random.nextInt(4) == 0 ? damaged(bytes, random) : bytes;
  }

  /** A call of etcd's Range in HPACK without compression. */
  private static byte[] headers() {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    String[][] fields = {
      {":method", "POST"},
      {":scheme", "http"},
      {":path", "/etcdserverpb.KV/Range"},
      {":authority", "team-a.default"},
      {"content-type", "application/grpc"},
      {"te", "trailers"},
    };
    for (String[] field : fields) {
      block.write(0);
      for (String text : field) {
        block.write(text.length());
        block.writeBytes(ascii(text));
      }
    }
    return block.toByteArray();
  }

  private static void frame(
      ByteArrayOutputStream out, int type, int flags, int stream, byte[] payload) {
    out.writeBytes(
        ByteBuffer.allocate(9)
            .put((byte) 0)
            .putShort((short) payload.length)
            .put((byte) type)
            .put((byte) flags)
            .putInt(stream)
            .array());
    out.writeBytes(payload);
  }

  private byte[] tls(Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(random.nextInt(3) == 0 ? clientHello : damaged(clientHello, random));
    for (int n = random.nextInt(4); n > 0; n--) {
      byte[] payload = bytes(random, random.nextInt(300));
      out.write(20 + random.nextInt(5));
      out.writeBytes(new byte[] {3, 3, (byte) (payload.length >> 8), (byte) payload.length});
      out.writeBytes(payload);
    }
    byte[] bytes = Arrays.copyOf(out.toByteArray(), Math.max(2, out.size()));
    bytes[0] = 0x16;
    bytes[1] = 0x03;
    return bytes;
  }

  private byte[] proxy(Random random) {
    byte[] header = RawClient.proxyHeader("team-a.default");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (random.nextInt(3) > 0) {
      header[12 + random.nextInt(4)] = (byte) random.nextInt(); // version, family, length
      header = random.nextBoolean() ? header : damaged(header, random);
      System.arraycopy(RawClient.proxyHeader(""), 0, header, 0, Math.min(12, header.length));
    }
    out.writeBytes(header);
    if (random.nextBoolean()) {
      Kind[] kinds = Kind.values();
      Kind inner = kinds[random.nextInt(kinds.length)];
      out.writeBytes(inner == Kind.PROXY_HEADER ? header : make(inner, random));
    }
    return out.toByteArray();
  }

  private static byte[] damaged(byte[] sample, Random random) {
    byte[] bytes = sample.clone();
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
        default -> {
          byte[] more = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(40));
          System.arraycopy(bytes, at, more, more.length - (bytes.length - at), bytes.length - at);
          bytes = more;
        }
      }
    }
    return bytes;
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}
