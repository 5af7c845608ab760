package io.multiraft.node.kv;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.TxnRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A replicated write: the byte {@code K}, a format number, a kind, and etcd's request as protobuf
 * or, for what etcd has no request for, 8-byte numbers.
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

  record LeaseGrant(LeaseGrantRequest request) implements KvCommand {}

  record LeaseRevoke(LeaseRevokeRequest request) implements KvCommand {}

  /** Renews leases; the result tells each one's time to live, 0 for one that is not there. */
  record LeaseKeepAlive(List<Long> leaseIds) implements KvCommand {
    public LeaseKeepAlive {
      leaseIds = List.copyOf(leaseIds);
    }
  }

  /** A lease whose time was over on the leader's node, as long as it was not renewed since. */
  record Expired(long leaseId, long renewedIndex) {}

  /** Revokes leases that ran out. */
  record LeaseExpire(List<Expired> leases) implements KvCommand {
    public LeaseExpire {
      leases = List.copyOf(leases);
    }
  }

  /** What a new leader says first: all leases count as renewed this long from now. */
  record LeaseExtend(long extensionMillis) implements KvCommand {}

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
    } else if (this instanceof LeaseGrant grant) {
      return Codec.encode(Codec.LEASE_GRANT, grant.request);
    } else if (this instanceof LeaseRevoke revoke) {
      return Codec.encode(Codec.LEASE_REVOKE, revoke.request);
    } else if (this instanceof LeaseKeepAlive keepAlive) {
      return Codec.encode(
          Codec.LEASE_KEEP_ALIVE, keepAlive.leaseIds.stream().mapToLong(Long::longValue));
    } else if (this instanceof LeaseExpire expire) {
      return Codec.encode(
          Codec.LEASE_EXPIRE,
          expire.leases.stream().flatMapToLong(e -> LongStream.of(e.leaseId, e.renewedIndex)));
    } else if (this instanceof LeaseExtend extend) {
      return Codec.encode(Codec.LEASE_EXTEND, LongStream.of(extend.extensionMillis));
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
    private static final long MAX_EXTENSION_MILLIS = 86_400_000;
    private static final byte PUT = 1;
    private static final byte DELETE_RANGE = 2;
    private static final byte TXN = 3;
    private static final byte COMPACT = 4;
    private static final byte LEASE_GRANT = 5;
    private static final byte LEASE_REVOKE = 6;
    private static final byte LEASE_KEEP_ALIVE = 7;
    private static final byte LEASE_EXPIRE = 8;
    private static final byte LEASE_EXTEND = 9;

    private Codec() {}

    private static byte[] encode(byte kind, MessageLite request) {
      return encode(kind, request.toByteArray());
    }

    private static byte[] encode(byte kind, LongStream numbers) {
      return encode(kind, KvResult.toBytes(numbers));
    }

    private static byte[] encode(byte kind, byte[] body) {
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
          case LEASE_GRANT -> Optional.of(new LeaseGrant(LeaseGrantRequest.parseFrom(body)));
          case LEASE_REVOKE -> Optional.of(new LeaseRevoke(LeaseRevokeRequest.parseFrom(body)));
          case LEASE_KEEP_ALIVE -> numbers(body, 1).map(Codec::keepAlive);
          case LEASE_EXPIRE -> numbers(body, 2).map(Codec::expire);
          case LEASE_EXTEND -> numbers(body, 1).flatMap(Codec::extend);
          default -> Optional.empty();
        };
      } catch (InvalidProtocolBufferException e) {
        return Optional.empty();
      }
    }

    /** Big-endian numbers, a multiple of so many. */
    private static Optional<long[]> numbers(ByteBuffer body, int each) {
      if (body.remaining() == 0 || body.remaining() % (each * Long.BYTES) != 0) {
        return Optional.empty();
      }
      long[] numbers = new long[body.remaining() / Long.BYTES];
      body.asLongBuffer().get(numbers);
      return Optional.of(numbers);
    }

    private static KvCommand keepAlive(long[] numbers) {
      return new LeaseKeepAlive(LongStream.of(numbers).boxed().toList());
    }

    private static KvCommand expire(long[] numbers) {
      List<Expired> expired = new ArrayList<>(numbers.length / 2);
      for (int i = 0; i < numbers.length; i += 2) {
        expired.add(new Expired(numbers[i], numbers[i + 1]));
      }
      return new LeaseExpire(expired);
    }

    private static Optional<KvCommand> extend(long[] numbers) {
      boolean sane = numbers.length == 1 && numbers[0] >= 0 && numbers[0] <= MAX_EXTENSION_MILLIS;
      return sane ? Optional.of(new LeaseExtend(numbers[0])) : Optional.empty();
    }
  }
}
