package io.multiraft.node.raft;

import java.util.List;
import java.util.random.RandomGenerator;

/** Skeleton: signatures only, behaviour follows. */
public final class RaftCore {
  /** As a server id: nobody. */
  public static final int NO_LEADER = -1;

  private static UnsupportedOperationException soon() {
    return new UnsupportedOperationException("the core's behaviour follows");
  }

  public RaftCore(
      RaftConfig config,
      int selfServerId,
      ClusterConfig initialConfig,
      HardState hardState,
      RaftLog log,
      RandomGenerator random,
      long nowNanos) {}

  public void step(int fromServerId, RaftMessage message, long nowNanos) {
    throw soon();
  }

  public void tick(long nowNanos) {
    throw soon();
  }

  public long nextDeadlineNanos() {
    throw soon();
  }

  public Proposal propose(List<LogEntry> entries, long nowNanos) {
    throw soon();
  }

  public void readIndex(long readId, long nowNanos) {
    throw soon();
  }

  /** Whether a transfer was begun, or asked for. */
  public boolean transferLeadership(int targetServerId, long nowNanos) {
    throw soon();
  }

  /** The transport lost what was on its way to this server: resend without waiting. */
  public void connectionLost(int serverId, long nowNanos) {
    throw soon();
  }

  public void persisted(long sequence, long nowNanos) {
    throw soon();
  }

  public void applied(long index) {
    throw soon();
  }

  public boolean hasReady() {
    throw soon();
  }

  public Ready takeReady() {
    throw soon();
  }

  public Role role() {
    throw soon();
  }

  public long term() {
    throw soon();
  }

  public int leaderServerId() {
    throw soon();
  }

  public long commitIndex() {
    throw soon();
  }

  public long appliedIndex() {
    throw soon();
  }

  public ClusterConfig config() {
    throw soon();
  }
}
