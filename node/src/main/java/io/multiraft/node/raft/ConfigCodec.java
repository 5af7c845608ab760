package io.multiraft.node.raft;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of configurations (wire protocol, sections 5.1 and 5.2), here rather than with the
 * frames because they are also the payload of {@link EntryType#CONF} entries. All methods are pure.
 */
public final class ConfigCodec {
  private static final int LEARNER = 0x01;
  private static final int NEW_JOINER = 0x02;
  private static final int MIN_SERVER_BYTES = 4 + 4 + 1 + 1 + 1 + 4;

  private ConfigCodec() {}

  /** Serializes a configuration. */
  public static byte[] encode(ClusterConfig config) {
    List<byte[][]> texts = new ArrayList<>(config.servers().size());
    int size = 8 + 8 + 1 + 4 + config.userContext().length + 4;
    for (ServerConfig server : config.servers()) {
      byte[][] text = {utf8(server.endpoint()), utf8(server.aux())};
      texts.add(text);
      size += MIN_SERVER_BYTES + text[0].length + text[1].length;
    }
    ByteBuffer out = littleEndian(size);
    out.putLong(config.logIndex()).putLong(config.previousLogIndex());
    out.put((byte) (config.asyncReplication() ? 1 : 0));
    out.putInt(config.userContext().length).put(config.userContext());
    out.putInt(config.servers().size());
    for (int i = 0; i < texts.size(); i++) {
      put(out, config.servers().get(i), texts.get(i));
    }
    return out.array();
  }

  /** Serializes one member. */
  public static byte[] encode(ServerConfig server) {
    byte[][] text = {utf8(server.endpoint()), utf8(server.aux())};
    ByteBuffer out = littleEndian(MIN_SERVER_BYTES + text[0].length + text[1].length);
    put(out, server, text);
    return out.array();
  }

  /**
   * Reads a configuration from the buffer's position and moves it behind.
   *
   * @throws IllegalArgumentException if the bytes are not a configuration
   */
  public static ClusterConfig decodeConfig(ByteBuffer in) {
    in.order(ByteOrder.LITTLE_ENDIAN);
    require(in, 8 + 8 + 1 + 4);
    long logIndex = in.getLong();
    long previousLogIndex = in.getLong();
    boolean asyncReplication = in.get() != 0;
    byte[] userContext = new byte[checkedLength(in, in.getInt())];
    in.get(userContext);
    require(in, 4);
    int count = in.getInt();
    if (count < 0 || count > in.remaining() / MIN_SERVER_BYTES) {
      throw new IllegalArgumentException("configuration of " + count + " servers does not fit");
    }
    List<ServerConfig> servers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      servers.add(decodeServer(in));
    }
    return new ClusterConfig(logIndex, previousLogIndex, asyncReplication, userContext, servers);
  }

  /**
   * Reads one member from the buffer's position and moves it behind.
   *
   * @throws IllegalArgumentException if the bytes are not a member
   */
  public static ServerConfig decodeServer(ByteBuffer in) {
    in.order(ByteOrder.LITTLE_ENDIAN);
    require(in, MIN_SERVER_BYTES);
    int serverId = in.getInt();
    int dcId = in.getInt();
    String endpoint = text(in);
    String aux = text(in);
    require(in, 1 + 4);
    int flags = in.get();
    int priority = in.getInt();
    return new ServerConfig(
        serverId, dcId, endpoint, aux, (flags & LEARNER) != 0, (flags & NEW_JOINER) != 0, priority);
  }

  private static void put(ByteBuffer out, ServerConfig server, byte[][] text) {
    out.putInt(server.serverId()).putInt(server.dcId());
    out.put(text[0]).put((byte) 0).put(text[1]).put((byte) 0);
    out.put((byte) ((server.learner() ? LEARNER : 0) | (server.newJoiner() ? NEW_JOINER : 0)));
    out.putInt(server.priority());
  }

  private static byte[] utf8(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a zero byte ends a text on the wire");
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(ByteBuffer in) {
    int start = in.position();
    while (in.hasRemaining()) {
      if (in.get() == 0) {
        byte[] bytes = new byte[in.position() - 1 - start];
        in.get(start, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
      }
    }
    throw new IllegalArgumentException("text without its closing zero byte");
  }

  private static int checkedLength(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException(
          "length " + length + " where " + in.remaining() + " bytes remain");
    }
    return length;
  }

  private static void require(ByteBuffer in, int bytes) {
    if (in.remaining() < bytes) {
      throw new IllegalArgumentException(
          "configuration cut short: " + bytes + " bytes wanted, " + in.remaining() + " remain");
    }
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
