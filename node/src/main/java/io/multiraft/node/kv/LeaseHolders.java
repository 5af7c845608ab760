package io.multiraft.node.kv;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * The state machines of a node that hold leases, so that timing leases costs nothing for the groups
 * that have none. Thread-safe.
 */
public final class LeaseHolders {
  private final Map<Integer, KeyValueStateMachine> machines = new ConcurrentHashMap<>();

  void put(int groupId, KeyValueStateMachine machine) {
    machines.put(groupId, machine);
  }

  void remove(int groupId, KeyValueStateMachine machine) {
    machines.remove(groupId, machine);
  }

  /** Visits each group id with its machine. */
  public void forEach(BiConsumer<Integer, KeyValueStateMachine> visitor) {
    machines.forEach(visitor);
  }
}
