package io.multiraft.node.api;

import io.multiraft.node.GroupStatus;
import io.multiraft.node.RaftServer;
import io.multiraft.node.kv.KeyValueStateMachine;
import io.multiraft.node.kv.KvCommand;
import io.multiraft.node.kv.LeaseHolders;
import io.multiraft.node.raft.Role;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends the leases that run out in the groups that this node leads. In each term it first has all
 * leases extended, since clients could renew none while there was no leader; a lease that ran out
 * ends by a command that holds only if it was not renewed in the meantime. So a leader that does
 * not know yet that it was deposed can end no lease that a client still has.
 */
final class LeaseKeeper {
  /** As etcd: what ends at once is spread over time. */
  private static final int MAX_EXPIRED_AT_ONCE = 500;

  private static final class Term {
    final long number;
    final RaftServer server;
    volatile boolean extended;
    volatile boolean busy;

    Term(long number, RaftServer server) {
      this.number = number;
      this.server = server;
    }
  }

  private final GroupResolver groups;
  private final LeaseHolders holders;
  private final long extensionMillis;
  private final Map<Integer, Term> led = new ConcurrentHashMap<>();

  LeaseKeeper(GroupResolver groups, LeaseHolders holders, long extensionMillis) {
    this.groups = groups;
    this.holders = holders;
    this.extensionMillis = extensionMillis;
  }

  /** Called now and then, by one thread. */
  void check() {
    Set<Integer> seen = new HashSet<>();
    holders.forEach(
        (groupId, machine) -> {
          seen.add(groupId);
          groups.byId(groupId).ifPresent(group -> check(groupId, group.server(), machine));
        });
    led.keySet().retainAll(seen);
  }

  private void check(int groupId, RaftServer server, KeyValueStateMachine machine) {
    GroupStatus status = server.status();
    if (status.role() != Role.LEADER || status.state() != GroupStatus.State.RUNNING) {
      led.remove(groupId);
      return;
    }
    Term term = led.get(groupId);
    if (term == null || term.number != status.term() || term.server != server) {
      term = new Term(status.term(), server);
      led.put(groupId, term);
    }
    if (term.busy) {
      return; // the last command's outcome is not known yet; it is bounded in time
    }
    if (!term.extended) {
      propose(term, new KvCommand.LeaseExtend(extensionMillis), true);
    } else {
      List<KvCommand.Expired> expired = machine.expiredLeases(MAX_EXPIRED_AT_ONCE);
      if (!expired.isEmpty()) {
        propose(term, new KvCommand.LeaseExpire(expired), false);
      }
    }
  }

  private static void propose(Term term, KvCommand command, boolean isExtension) {
    term.busy = true;
    term.server
        .append(command.encode())
        .whenComplete(
            (result, failure) -> {
              term.extended |= isExtension && failure == null;
              term.busy = false;
            });
  }
}
