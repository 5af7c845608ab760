package io.multiraft.node.kv;

import com.google.protobuf.MessageLite;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.CompactionResponse;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.multiraft.node.CommittedEntry;
import io.multiraft.node.StateMachine;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * etcd's key-value model as a state machine: writes arrive as {@link KvCommand}s through {@link
 * #apply}, reads run beside it on any thread and see one published revision each.
 */
public final class KeyValueStateMachine implements StateMachine {
  /** Another one after {@link #restore}; a reader takes it once. */
  private volatile RevisionStore store = new RevisionStore();

  /** The newest revision; 1 in a new store. Any thread. */
  public long revision() {
    return store.revision();
  }

  /** Bytes of keys and values in all histories. Any thread. */
  public long bytes() {
    return store.bytes();
  }

  /**
   * Answers from what is applied here, newest state or the request's revision. Any thread.
   *
   * @throws KvException when the revision is compacted or in the future
   */
  public RangeResponse range(RangeRequest request) throws KvException {
    while (true) {
      RevisionStore seen = store;
      long revision = seen.revision();
      try {
        return new RangeReader(seen).read(request, revision);
      } catch (KvException e) {
        if (request.getRevision() > 0 || !isOvertaken(e, seen, revision)) {
          throw e;
        }
      }
    }
  }

  /**
   * Answers a transaction without writes ({@link KvRequests#isReadOnly}) from what is applied here,
   * all of it at one revision. Any thread.
   */
  public TxnResponse readOnlyTxn(TxnRequest request) throws KvException {
    while (true) {
      RevisionStore seen = store;
      long revision = seen.revision();
      try {
        return Transaction.read(seen, request, revision);
      } catch (KvException e) {
        if (!isOvertaken(e, seen, revision)) {
          throw e;
        }
      }
    }
  }

  /** Whether a compaction beyond the revision ran while it was read: a newer one is to be read. */
  private static boolean isOvertaken(KvException e, RevisionStore seen, long revision) {
    return e.error() == KvError.COMPACTED && revision < seen.compactedRevision();
  }

  @Override
  public List<byte[]> apply(List<CommittedEntry> batch) {
    List<byte[]> results = new ArrayList<>(batch.size());
    for (CommittedEntry entry : batch) {
      results.add(apply(entry.payload()));
    }
    return results;
  }

  private byte[] apply(byte[] payload) {
    Optional<KvCommand> command = KvCommand.decode(payload);
    if (command.isEmpty()) {
      return KvResult.refusal(KvError.NOT_A_COMMAND);
    }
    try {
      MessageLite response = execute(command.get());
      store.publish();
      return KvResult.success(response);
    } catch (KvException e) {
      return KvResult.refusal(e.error());
    }
  }

  /** Each request is checked again: whoever appended it may have been another program. */
  private MessageLite execute(KvCommand command) throws KvException {
    if (command instanceof KvCommand.Put put) {
      PutRequest request = put.request();
      KvRequests.check(request);
      Transaction.checkPut(store, request, store.revision());
      return Transaction.put(store, request);
    } else if (command instanceof KvCommand.DeleteRange delete) {
      DeleteRangeRequest request = delete.request();
      KvRequests.check(request);
      return Transaction.delete(store, request);
    } else if (command instanceof KvCommand.Txn txn) {
      TxnRequest request = txn.request();
      KvRequests.check(request);
      return Transaction.apply(store, request);
    } else if (command instanceof KvCommand.Compact compact) {
      CompactionRequest request = compact.request();
      store.compact(request.getRevision());
      return CompactionResponse.newBuilder()
          .setHeader(Transaction.header(store.revision()))
          .build();
    }
    throw new AssertionError("a sealed type has a new member: " + command.getClass());
  }

  @Override
  public Snapshot snapshot() {
    return StoreSnapshot.of(store);
  }

  @Override
  public void restore(InputStream in) throws IOException {
    store = StoreSnapshot.read(in);
  }

  @Override
  public void close() {
    // holds nothing but memory
  }
}
