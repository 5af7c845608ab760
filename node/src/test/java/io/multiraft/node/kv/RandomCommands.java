package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import java.util.List;
import java.util.Random;

/** Commands of every kind on few keys and leases. */
final class RandomCommands {
  private static final int KEYS = 12;
  private static final int LEASES = 5;

  private final Random random;

  RandomCommands(Random random) {
    this.random = random;
  }

  private ByteString key() {
    return ByteString.copyFromUtf8("k" + (char) ('a' + random.nextInt(KEYS)));
  }

  private long leaseId() {
    return 1 + random.nextInt(LEASES);
  }

  private PutRequest put(ByteString key) {
    return PutRequest.newBuilder()
        .setKey(key)
        .setValue(ByteString.copyFromUtf8("v" + random.nextInt(1000)))
        .setLease(random.nextInt(3) == 0 ? leaseId() : 0)
        .setPrevKv(random.nextBoolean())
        .build();
  }

  KvCommand next(KeyValueStateMachine machine) {
    int kind = random.nextInt(100);
    if (kind < 40) {
      return new KvCommand.Put(put(key()));
    } else if (kind < 55) {
      return new KvCommand.DeleteRange(
          DeleteRangeRequest.newBuilder()
              .setKey(key())
              .setRangeEnd(random.nextInt(3) == 0 ? key() : ByteString.EMPTY)
              .setPrevKv(true)
              .build());
    } else if (kind < 70) {
      ByteString key = key();
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      txn.addSuccess(RequestOp.newBuilder().setRequestPut(put(key)));
      txn.addSuccess(RequestOp.newBuilder().setRequestPut(put(key.concat(key))));
      return new KvCommand.Txn(txn.build());
    } else if (kind < 78) {
      long upTo = Math.max(1, machine.revision() - random.nextInt(20));
      return new KvCommand.Compact(CompactionRequest.newBuilder().setRevision(upTo).build());
    } else if (kind < 88) {
      return new KvCommand.LeaseGrant(
          LeaseGrantRequest.newBuilder().setID(leaseId()).setTTL(random.nextInt(100)).build());
    } else if (kind < 92) {
      return new KvCommand.LeaseRevoke(LeaseRevokeRequest.newBuilder().setID(leaseId()).build());
    } else if (kind < 96) {
      return new KvCommand.LeaseKeepAlive(List.of(leaseId(), leaseId()));
    } else if (kind < 98) {
      long id = leaseId();
      long renewed = machine.lease(id).map(Lease::renewedIndex).orElse(0L);
      return new KvCommand.LeaseExpire(
          List.of(new KvCommand.Expired(id, renewed - random.nextInt(2))));
    }
    return new KvCommand.LeaseExtend(random.nextInt(1000));
  }
}
