package io.multiraft.node.group;

import io.multiraft.node.RaftServer;
import io.multiraft.node.log.GroupLog;
import io.multiraft.node.raft.RaftCore;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/** What an omniscient observer sees of a member that nobody else may look at. */
public final class GroupPeek {
  private static final VarHandle CORE;
  private static final VarHandle FAILURE;

  static {
    try {
      MethodHandles.Lookup inside =
          MethodHandles.privateLookupIn(Group.class, MethodHandles.lookup());
      CORE = inside.findVarHandle(Group.class, "core", RaftCore.class);
      FAILURE = inside.findVarHandle(Group.class, "failure", Optional.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private GroupPeek() {}

  /** The member's core; to be looked at only. */
  public static RaftCore core(RaftServer member) {
    return (RaftCore) CORE.get((Group) member);
  }

  /** Why the member has failed, empty while it runs. */
  public static Optional<?> failure(RaftServer member) {
    return (Optional<?>) FAILURE.get((Group) member);
  }

  /** The member's log; to be looked at only. */
  public static GroupLog log(RaftServer member) {
    return ((Group) member).log();
  }
}
