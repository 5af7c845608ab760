package io.multiraft.node.kv;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.TxnRequest;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A replicated write: the byte {@code K}, a format number, a kind, and etcd's request as protobuf.
 *
 * <p>The first byte tells a command from what an old peer's client may append; such an entry is
 * answered with an error on every member. A newer format is written only when all members have
 * shown that they know it, so meeting an unknown one is a broken promise, not an answer.
 */
public sealed interface KvCommand {
  record Put(PutRequest request) implements KvCommand {}

  record DeleteRange(DeleteRangeRequest request) implements KvCommand {}

  record Txn(TxnRequest request) implements KvCommand {}

  record Compact(CompactionRequest request) implements KvCommand {}

  /** The log entry's bytes. */
  default byte[] encode() {
    if (this instanceof Put put) {
      return Codec.encode(Codec.PUT, put.request);
    } else if (this instanceof DeleteRange delete) {
      return Codec.encode(Codec.DELETE_RANGE, delete.request);
    } else if (this instanceof Txn txn) {
      return Codec.encode(Codec.TXN, txn.request);
    } else if (this instanceof Compact compact) {
      return Codec.encode(Codec.COMPACT, compact.request);
    }
    throw new AssertionError("a sealed type has a new member: " + getClass());
  }

  /**
   * Reads an entry; empty when it is no command.
   *
   * @throws IllegalStateException when its format is unknown here
   */
  static Optional<KvCommand> decode(byte[] payload) {
    return Codec.decode(payload);
  }

  /** The bytes. */
  final class Codec {
    private static final byte MAGIC = 'K';
    private static final byte FORMAT = 1;
    private static final int HEADER_BYTES = 3;
    private static final byte PUT = 1;
    private static final byte DELETE_RANGE = 2;
    private static final byte TXN = 3;
    private static final byte COMPACT = 4;

    private Codec() {}

    private static byte[] encode(byte kind, MessageLite request) {
      byte[] body = request.toByteArray();
      return ByteBuffer.allocate(HEADER_BYTES + body.length)
          .put(MAGIC)
          .put(FORMAT)
          .put(kind)
          .put(body)
          .array();
    }

    private static Optional<KvCommand> decode(byte[] payload) {
      if (payload.length < HEADER_BYTES || payload[0] != MAGIC) {
        return Optional.empty();
      }
      if (payload[1] != FORMAT) {
        throw new IllegalStateException(
            "a command of format " + payload[1] + " while this version knows format " + FORMAT);
      }
      ByteBuffer body = ByteBuffer.wrap(payload, HEADER_BYTES, payload.length - HEADER_BYTES);
      try {
        return switch (payload[2]) {
          case PUT -> Optional.of(new Put(PutRequest.parseFrom(body)));
          case DELETE_RANGE -> Optional.of(new DeleteRange(DeleteRangeRequest.parseFrom(body)));
          case TXN -> Optional.of(new Txn(TxnRequest.parseFrom(body)));
          case COMPACT -> Optional.of(new Compact(CompactionRequest.parseFrom(body)));
          default -> Optional.empty();
        };
      } catch (InvalidProtocolBufferException e) {
        return Optional.empty();
      }
    }
  }
}
