package io.multiraft.node.raft;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * The configuration in force and those that wait in the log. A configuration takes effect when its
 * entry is committed, not when it is appended (wire protocol, section 8.2).
 */
final class Membership {
  /** Was in force until one that is committed but not applied yet; oldest first. */
  private final ArrayDeque<ClusterConfig> superseded = new ArrayDeque<>(0);

  private final ArrayDeque<ClusterConfig> open = new ArrayDeque<>(0);
  private ClusterConfig inForce;
  private int[] voters;
  private int highestPriority;
  private boolean hasOldPeer;

  /**
   * Finds the configurations in the log.
   *
   * @param applied in force at {@code appliedIndex}
   */
  Membership(ClusterConfig applied, long appliedIndex, RaftLog log, long commitIndex) {
    adopt(applied);
    long from = Math.max(appliedIndex + 1, log.firstIndex());
    for (long index : log.configIndices(from, log.lastIndex())) {
      open.addAll(configsIn(index, log.entries(index, index, Long.MAX_VALUE, 1)));
    }
    committed(commitIndex);
  }

  /**
   * The configurations that these entries carry, each with the index of its entry.
   *
   * @throws IllegalArgumentException if one of them cannot be read
   */
  static List<ClusterConfig> configsIn(long firstIndex, List<LogEntry> entries) {
    List<ClusterConfig> configs = new ArrayList<>(0);
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).type() == EntryType.CONF) {
        ByteBuffer payload = ByteBuffer.wrap(entries.get(i).payload());
        configs.add(ConfigCodec.decodeConfig(payload).withLogIndex(firstIndex + i));
      }
    }
    return configs;
  }

  /**
   * Up to where the configurations that wait show that the log is committed: no leader proposes a
   * change before the configuration that it changes is committed. That a term began with the same
   * configuration once more shows nothing.
   */
  long impliedCommitIndex() {
    long implied = 0;
    ClusterConfig before = null;
    for (ClusterConfig next : open) {
      if (before != null && !isSame(next, before)) {
        implied = before.logIndex();
      }
      before = next;
    }
    return implied;
  }

  /** The configuration in force. */
  ClusterConfig inForce() {
    return inForce;
  }

  /** The last configuration in the log, committed or not. */
  ClusterConfig latest() {
    return open.isEmpty() ? inForce : open.getLast();
  }

  /** Configurations were appended, in the order of their indices. */
  void appended(List<ClusterConfig> configs) {
    open.addAll(configs);
  }

  /** Everything at and behind {@code index} was cut from the log. */
  void truncatedFrom(long index) {
    while (!open.isEmpty() && open.getLast().logIndex() >= index) {
      open.removeLast();
    }
  }

  /** A snapshot took the place of the log; this configuration was in force at its end. */
  void resetTo(ClusterConfig config) {
    superseded.clear();
    open.clear();
    adopt(config);
  }

  /** Everything up to {@code index} is applied. */
  void applied(long index) {
    while (!superseded.isEmpty() && successorOfOldest().logIndex() <= index) {
      superseded.removeFirst();
    }
  }

  private ClusterConfig successorOfOldest() {
    if (superseded.size() == 1) {
      return inForce;
    }
    Iterator<ClusterConfig> all = superseded.iterator();
    all.next();
    return all.next();
  }

  /** What was in force at an index that is committed and not below what is applied. */
  ClusterConfig at(long index) {
    ClusterConfig found = inForce;
    Iterator<ClusterConfig> younger = superseded.descendingIterator();
    while (found.logIndex() > index && younger.hasNext()) {
      found = younger.next();
    }
    return found;
  }

  /** Puts in force what is committed; whether that was anything. */
  boolean committed(long commitIndex) {
    boolean changed = false;
    while (!open.isEmpty() && open.getFirst().logIndex() <= commitIndex) {
      superseded.addLast(inForce);
      adopt(open.removeFirst());
      changed = true;
    }
    return changed;
  }

  private static boolean isSame(ClusterConfig one, ClusterConfig other) {
    return one.servers().equals(other.servers())
        && one.asyncReplication() == other.asyncReplication()
        && Arrays.equals(one.userContext(), other.userContext());
  }

  private void adopt(ClusterConfig config) {
    inForce = config;
    voters =
        config.servers().stream()
            .filter(ServerConfig::isVoter)
            .mapToInt(ServerConfig::serverId)
            .toArray();
    highestPriority =
        config.servers().stream()
            .filter(ServerConfig::isVoter)
            .mapToInt(ServerConfig::priority)
            .reduce(1, Math::max);
    hasOldPeer = config.servers().stream().anyMatch(s -> NodeRef.fromAux(s.aux()).isEmpty());
  }

  /** Server ids of the voters. */
  int[] voters() {
    return voters.clone();
  }

  boolean isVoter(int serverId) {
    for (int voter : voters) {
      if (voter == serverId) {
        return true;
      }
    }
    return false;
  }

  /** Whether this member does not run Multiraft, as far as its configuration says. */
  boolean isOldPeer(int serverId) {
    return inForce.server(serverId).map(s -> NodeRef.fromAux(s.aux()).isEmpty()).orElse(false);
  }

  /** Whether any member does not run Multiraft, as far as the configuration says. */
  boolean hasOldPeer() {
    return hasOldPeer;
  }

  /** The priority of a member, 0 if it is none. */
  int priority(int serverId) {
    return inForce.server(serverId).map(ServerConfig::priority).orElse(0);
  }

  /** The highest priority of a voter, at least 1. */
  int highestPriority() {
    return highestPriority;
  }

  /** How many voters are a majority. */
  int quorum() {
    return voters.length / 2 + 1;
  }

  /** The highest value that a majority of the voters has reached. */
  long reachedByQuorum(IntToLongFunction valueOfVoter) {
    Invariant.check(voters.length > 0, "no voter can lead a group of %d voters", 0, 0);
    long[] values = new long[voters.length];
    for (int i = 0; i < voters.length; i++) {
      values[i] = valueOfVoter.applyAsLong(voters[i]);
    }
    Arrays.sort(values);
    return values[values.length - quorum()];
  }
}
