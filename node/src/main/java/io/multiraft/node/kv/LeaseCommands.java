package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrantResponse;
import io.etcd.jetcd.api.LeaseRevokeResponse;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Applies what concerns leases. */
final class LeaseCommands {
  private LeaseCommands() {}

  static boolean isOne(KvCommand command) {
    return command instanceof KvCommand.LeaseGrant
        || command instanceof KvCommand.LeaseRevoke
        || command instanceof KvCommand.LeaseKeepAlive
        || command instanceof KvCommand.LeaseExpire
        || command instanceof KvCommand.LeaseExtend;
  }

  /**
   * The caller publishes.
   *
   * @param index the entry's
   * @return the result for whoever proposed it
   */
  static byte[] apply(RevisionStore store, KvCommand command, long index, long nowNanos)
      throws KvException {
    if (command instanceof KvCommand.LeaseGrant grant) {
      return grant(store, grant.request(), index, nowNanos);
    } else if (command instanceof KvCommand.LeaseRevoke revoke) {
      return revoke(store, revoke.request().getID());
    } else if (command instanceof KvCommand.LeaseKeepAlive keepAlive) {
      return KvResult.success(
          keepAlive.leaseIds().stream()
              .mapToLong(id -> renew(store.leases(), id, index, nowNanos)));
    } else if (command instanceof KvCommand.LeaseExpire expire) {
      expire.leases().forEach(expired -> expire(store, expired));
      return KvResult.success(LongStream.empty());
    } else if (command instanceof KvCommand.LeaseExtend extend) {
      store.leases().extendAll(extend.extensionMillis(), index, nowNanos);
      return KvResult.success(LongStream.empty());
    }
    throw new AssertionError("not about leases: " + command.getClass());
  }

  private static byte[] grant(
      RevisionStore store, LeaseGrantRequest request, long index, long nowNanos)
      throws KvException {
    if (request.getID() == 0) {
      throw new KvException(KvError.NOT_A_COMMAND); // the id is chosen before it is proposed
    }
    Lease lease = store.leases().grant(request.getID(), request.getTTL(), index, nowNanos);
    return KvResult.success(
        LeaseGrantResponse.newBuilder()
            .setHeader(Transaction.header(store.revision()))
            .setID(lease.id())
            .setTTL(lease.ttlSeconds())
            .build());
  }

  private static byte[] revoke(RevisionStore store, long id) throws KvException {
    Lease lease =
        store.leases().find(id).orElseThrow(() -> new KvException(KvError.LEASE_NOT_FOUND));
    end(store, lease);
    return KvResult.success(
        LeaseRevokeResponse.newBuilder()
            .setHeader(Transaction.header(store.writerRevision()))
            .build());
  }

  private static long renew(LeaseTable leases, long id, long index, long nowNanos) {
    Optional<Lease> lease = leases.find(id);
    lease.ifPresent(found -> found.renew(index, nowNanos));
    return lease.map(Lease::ttlSeconds).orElse(0L);
  }

  private static void expire(RevisionStore store, KvCommand.Expired expired) {
    Optional<Lease> lease = store.leases().find(expired.leaseId());
    if (lease.isPresent() && lease.get().renewedIndex() == expired.renewedIndex()) {
      end(store, lease.get());
      store.publish(); // each lease's end is a revision of its own
    }
  }

  private static void end(RevisionStore store, Lease lease) {
    for (ByteString key : List.copyOf(lease.keys())) {
      store.delete(key);
    }
    store.leases().remove(lease.id());
  }
}
