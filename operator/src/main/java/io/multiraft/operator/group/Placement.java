package io.multiraft.operator.group;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Chooses the nodes of a new group. Pure: the same input gives the same answer. */
public final class Placement {
  /**
   * A node that could take a member.
   *
   * @param replicas how many members of other groups are planned on it already
   */
  public record Candidate(int nodeId, String incarnation, String address, int replicas) {}

  /** A member of the plan; server ids count from 1 in the order of the list. */
  public record Member(int serverId, int nodeId, String incarnation, String address) {}

  /** The answer. */
  public sealed interface Plan {
    /** Where the members go. */
    record Placed(List<Member> members) implements Plan {}

    /** Fewer nodes than voters: nothing may be made. */
    record InsufficientNodes(int candidates) implements Plan {}
  }

  private Placement() {}

  /**
   * Takes the {@code voters} least loaded nodes, never one of them twice. Equally loaded nodes are
   * taken in an order that differs from group to group, so that first members (which tend to lead)
   * spread as well.
   *
   * @param groupUid chooses among equals
   */
  public static Plan plan(int voters, String groupUid, List<Candidate> candidates) {
    long nodes = candidates.stream().mapToInt(Candidate::nodeId).distinct().count();
    if (nodes != candidates.size()) {
      throw new IllegalArgumentException("a node is listed twice: " + candidates);
    }
    if (nodes < voters) {
      return new Plan.InsufficientNodes(candidates.size());
    }
    List<Candidate> order = new ArrayList<>(candidates);
    order.sort(
        Comparator.comparingInt(Candidate::replicas)
            .thenComparing(candidate -> mix(groupUid.hashCode(), candidate.nodeId()))
            .thenComparing(Candidate::nodeId));
    List<Member> members = new ArrayList<>();
    for (Candidate chosen : order.subList(0, voters)) {
      members.add(
          new Member(members.size() + 1, chosen.nodeId(), chosen.incarnation(), chosen.address()));
    }
    return new Plan.Placed(List.copyOf(members));
  }

  /** Spreads (seed, value) evenly over the integers (the finalizer of MurmurHash3). */
  private static int mix(int seed, int value) {
    int hash = seed * 31 + value;
    hash ^= hash >>> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >>> 13;
    hash *= 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }
}
