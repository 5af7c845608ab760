package io.multiraft.node.api;

import io.multiraft.node.CommittedEntry;
import io.multiraft.node.GroupStatus;
import io.multiraft.node.RaftServer;
import io.multiraft.node.StateMachine;
import io.multiraft.node.kv.KeyValueStateMachine;
import io.multiraft.node.kv.LeaseHolders;
import io.multiraft.node.raft.MembershipChange;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** A group of one member without a log: a command is committed and applied when it is appended. */
final class InMemoryGroup implements RaftServer {
  final LeaseHolders leaseHolders = new LeaseHolders();
  final KeyValueStateMachine store;
  private final int groupId;
  private final String name;
  private long lastIndex;

  /** What append and readBarrier fail with, while set. */
  volatile RuntimeException failure;

  /** Whether append and readBarrier never complete. */
  volatile boolean silent;

  volatile int appends;

  InMemoryGroup(int groupId, String name) {
    this.groupId = groupId;
    this.store = new KeyValueStateMachine(groupId, leaseHolders, System::nanoTime);
    this.name = name;
  }

  GroupEndpoint endpoint() {
    return new GroupEndpoint(name, "default", this);
  }

  @Override
  public int groupId() {
    return groupId;
  }

  @Override
  public synchronized CompletableFuture<byte[]> append(byte[] command) {
    appends++;
    if (silent) {
      return new CompletableFuture<>();
    } else if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    lastIndex++;
    return CompletableFuture.completedFuture(
        store.apply(List.of(new CommittedEntry(lastIndex, 1, command))).get(0));
  }

  @Override
  public CompletableFuture<Void> readBarrier() {
    if (silent) {
      return new CompletableFuture<>();
    }
    return failure != null
        ? CompletableFuture.failedFuture(failure)
        : CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Integer> transferLeadership(OptionalInt targetServerId) {
    return CompletableFuture.completedFuture(1);
  }

  @Override
  public CompletableFuture<Long> changeMembership(long expected, MembershipChange change) {
    throw new UnsupportedOperationException("one member, for ever");
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    throw new UnsupportedOperationException("keeps nothing");
  }

  @Override
  public StateMachine stateMachine() {
    return store;
  }

  @Override
  public synchronized GroupStatus status() {
    return new GroupStatus(
        groupId,
        "uid-" + groupId,
        name,
        "default",
        "Delete",
        GroupStatus.State.RUNNING,
        1,
        Role.LEADER,
        1,
        OptionalInt.of(1),
        OptionalInt.of(1),
        true,
        0,
        1,
        List.of(ServerConfig.voter(1, "127.0.0.1:2379", "")),
        lastIndex,
        lastIndex,
        lastIndex,
        0,
        List.of(),
        Optional.empty());
  }
}
