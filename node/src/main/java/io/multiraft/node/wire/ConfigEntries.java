package io.multiraft.node.wire;

import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.ConfigCodec;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.ServerConfig;
import io.multiraft.node.wire.FrameException.Reason;
import java.nio.ByteBuffer;
import java.util.function.Function;

/** Configurations as the one entry of a message (wire protocol, sections 5.1, 5.2, 8.5, 9.1). */
public final class ConfigEntries {
  private ConfigEntries() {}

  /** The entry of a {@link MessageType#JOIN_CLUSTER_REQUEST}, or of the log. */
  public static LogEntry ofConfig(long term, ClusterConfig config) {
    return LogEntry.of(term, EntryType.CONF, ConfigCodec.encode(config));
  }

  /** The entry of an {@link MessageType#ADD_SERVER_REQUEST}. */
  public static LogEntry ofServer(ServerConfig server) {
    return LogEntry.of(0, EntryType.CLUSTER_SERVER, ConfigCodec.encode(server));
  }

  /**
   * Reads the payload of a configuration entry.
   *
   * @throws FrameException if it is malformed or bytes follow
   */
  public static ClusterConfig configFromBytes(byte[] bytes) {
    return whole("cluster_config", bytes, ConfigCodec::decodeConfig);
  }

  /**
   * Reads the payload of an add_server request.
   *
   * @throws FrameException if it is malformed or bytes follow
   */
  public static ServerConfig serverFromBytes(byte[] bytes) {
    return whole("srv_config", bytes, ConfigCodec::decodeServer);
  }

  private static <T> T whole(String object, byte[] bytes, Function<ByteBuffer, T> decode) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      T value = decode.apply(in);
      if (in.hasRemaining()) {
        throw new IllegalArgumentException(in.remaining() + " bytes too many");
      }
      return value;
    } catch (IllegalArgumentException e) {
      throw new FrameException(
          Reason.OBJECT, "%s, byte %d: %s".formatted(object, in.position(), e.getMessage()), e);
    }
  }
}
