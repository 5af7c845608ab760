package io.multiraft.node.kv;

import com.google.protobuf.MessageLite;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.CompactionResponse;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KeyValue;
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
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * etcd's key-value model as a state machine: writes arrive as {@link KvCommand}s through {@link
 * #apply}, reads run beside it on any thread and see one published revision each.
 */
public final class KeyValueStateMachine implements StateMachine {
  /** What a watch needs to know. Called by the thread that applies: must be short. */
  public interface Listener {
    /** There is a newer revision, or another state altogether: read again. */
    void advanced();

    /** The machine applies nothing any more. May be called more than once. */
    void closed();
  }

  private final int groupId;
  private final LeaseHolders leaseHolders;
  private final LongSupplier nanoClock;
  private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Another one after {@link #restore}; a reader takes it once. */
  private volatile RevisionStore store = new RevisionStore();

  /** For use without a node around it. */
  public KeyValueStateMachine() {
    this(0, new LeaseHolders(), System::nanoTime);
  }

  /**
   * @param groupId whose machine this is
   * @param leaseHolders where this shows whether it holds leases
   * @param nanoClock when leases are renewed; no part of the state
   */
  public KeyValueStateMachine(int groupId, LeaseHolders leaseHolders, LongSupplier nanoClock) {
    this.groupId = groupId;
    this.leaseHolders = leaseHolders;
    this.nanoClock = nanoClock;
  }

  /** The newest revision; 1 in a new store. Any thread. */
  public long revision() {
    return store.revision();
  }

  /** Older revisions cannot be read; -1 while all can. Any thread. */
  public long compactedRevision() {
    return store.compactedRevision();
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

  /**
   * The changes from a revision on, whole revisions, in their order: as many as fit, at least one
   * revision if there is one. Any thread.
   *
   * @param maxBytes of keys and values, exceeded only by a single revision
   * @throws KvException when the revision is compacted
   */
  public Changes changes(long fromRevision, long maxBytes) throws KvException {
    return Changes.read(store, fromRevision, maxBytes);
  }

  /** What the key of a change was before it, unless that is compacted. Any thread. */
  public Optional<KeyValue> before(KeyValue change) {
    RevisionStore seen = store;
    long revision = change.getModRevision() - 1;
    if (revision < seen.compactedRevision()) {
      return Optional.empty();
    }
    return Optional.ofNullable(seen.get(change.getKey(), revision));
  }

  /**
   * A hash of all that is readable up to a revision, the same on every member (etcd's HashKV, with
   * a hash of its own). Any thread.
   *
   * @param revision 0 for the newest
   */
  public KvHash hash(long revision) throws KvException {
    return KvHash.of(store, revision);
  }

  /** The lease with the id, as it is here. Any thread. */
  public Optional<Lease> lease(long id) {
    return store.leases().find(id);
  }

  /** All leases, by rising id. Any thread. */
  public Collection<Lease> leases() {
    return store.leases().all();
  }

  /** Leases that have run out by this member's clock, at most so many. Any thread. */
  public List<KvCommand.Expired> expiredLeases(int max) {
    return store.leases().expired(nanoClock.getAsLong(), max);
  }

  /** What is left of a lease by this member's clock. Any thread. */
  public long remainingSeconds(Lease lease) {
    return lease.remainingSeconds(nanoClock.getAsLong());
  }

  /** Tells the listener from now on what happens; told at once when this machine is closed. */
  public void addListener(Listener listener) {
    listeners.add(listener);
    if (closed) {
      listener.closed();
    }
  }

  /** The listener may still be told what happens just now. */
  public void removeListener(Listener listener) {
    listeners.remove(listener);
  }

  @Override
  public List<byte[]> apply(List<CommittedEntry> batch) {
    RevisionStore written = store;
    long before = written.revision();
    List<byte[]> results = new ArrayList<>(batch.size());
    for (CommittedEntry entry : batch) {
      results.add(apply(written, entry));
    }
    written.forgetCompacted(); // what a snapshot held back until now
    if (written.revision() != before) {
      listeners.forEach(Listener::advanced);
    }
    return results;
  }

  private byte[] apply(RevisionStore written, CommittedEntry entry) {
    Optional<KvCommand> command = KvCommand.decode(entry.payload());
    if (command.isEmpty()) {
      return KvResult.refusal(KvError.NOT_A_COMMAND);
    }
    try {
      byte[] result =
          LeaseCommands.isOne(command.get())
              ? applyToLeases(written, command.get(), entry.index())
              : KvResult.success(execute(written, command.get()));
      written.publish();
      return result;
    } catch (KvException e) {
      return KvResult.refusal(e.error());
    }
  }

  private byte[] applyToLeases(RevisionStore written, KvCommand command, long index)
      throws KvException {
    byte[] result = LeaseCommands.apply(written, command, index, nanoClock.getAsLong());
    showLeases(written);
    return result;
  }

  private void showLeases(RevisionStore seen) {
    if (seen.leases().isEmpty()) {
      leaseHolders.remove(groupId, this);
    } else {
      leaseHolders.put(groupId, this);
    }
  }

  /** Each request is checked again: whoever appended it may have been another program. */
  private static MessageLite execute(RevisionStore store, KvCommand command) throws KvException {
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
    RevisionStore restored = StoreSnapshot.read(in, nanoClock.getAsLong());
    store = restored;
    showLeases(restored);
    listeners.forEach(Listener::advanced);
  }

  @Override
  public void close() {
    closed = true;
    leaseHolders.remove(groupId, this);
    listeners.forEach(Listener::closed);
  }
}
