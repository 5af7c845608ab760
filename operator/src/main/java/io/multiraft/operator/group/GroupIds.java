package io.multiraft.operator.group;

import io.multiraft.operator.observe.ClusterKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives out group ids, each at most once in the life of a cluster's disks.
 *
 * <p>Ids are reserved in blocks by raising a high-water mark in the RaftCluster's status with a
 * write that fails when somebody else wrote meanwhile, so two operators never hold the same block;
 * what is left of a block when its operator ends is skipped. The first block of a process is taken
 * above everything that anything remembers: the mark, all RaftGroups, and the highest id that each
 * node's disk has ever held, which is why every node has to have answered once.
 */
public final class GroupIds {
  private static final Logger log = LoggerFactory.getLogger(GroupIds.class);
  static final int MAX_GROUP_ID = Integer.MAX_VALUE;
  private static final int MAX_ATTEMPTS = 5;

  /**
   * The mark as the API server holds it.
   *
   * @param clusterUid which incarnation of the resource this is
   */
  public record Mark(String clusterUid, String resourceVersion, long highWater) {}

  /** Where the mark lives. */
  public interface Store {
    /** Reads past every cache; empty when the cluster is gone. */
    Optional<Mark> read(ClusterKey cluster);

    /** Writes the mark if nobody wrote the resource since it was read; else returns false. */
    boolean raise(ClusterKey cluster, Mark read, long newHighWater);
  }

  /**
   * What the caller knows about ids in use.
   *
   * @param silentNodes nodes that have not said since this process began which ids they have seen
   * @param highestOnNodes the highest id that any node has seen
   * @param highestInResources the highest id that any RaftGroup has; asked once for each process
   */
  public record Knowledge(
      List<String> silentNodes, long highestOnNodes, LongSupplier highestInResources) {}

  /** The answer. */
  public sealed interface Answer {
    record Given(int groupId) implements Answer {}

    /** Not before these nodes have answered. */
    record SilentNodes(List<String> nodes) implements Answer {}

    /** The cluster is gone or another one of its name is there: look again. */
    record ClusterChanged() implements Answer {}

    record Exhausted() implements Answer {}
  }

  private static final class Block {
    final String clusterUid;
    long next;
    long last;

    Block(String clusterUid) {
      this.clusterUid = clusterUid;
      this.next = 1;
      this.last = 0;
    }
  }

  private final Store store;
  private final int blockSize;
  private final Map<ClusterKey, Block> blocks = new HashMap<>();

  public GroupIds(Store store, int blockSize) {
    this.store = store;
    this.blockSize = blockSize;
  }

  /** The next id, which from now on belongs to the caller. */
  public synchronized Answer next(ClusterKey cluster, String clusterUid, Knowledge knowledge) {
    Block block = blocks.get(cluster);
    if (block == null || !block.clusterUid.equals(clusterUid)) {
      if (!knowledge.silentNodes().isEmpty()) {
        return new Answer.SilentNodes(List.copyOf(knowledge.silentNodes()));
      }
      block = new Block(clusterUid);
      block.next = knowledge.highestInResources().getAsLong() + 1;
    }
    block.next = Math.max(block.next, knowledge.highestOnNodes() + 1);
    if (block.next > block.last) {
      Optional<Answer> failure = reserve(cluster, block);
      if (failure.isPresent()) {
        return failure.get();
      }
      blocks.put(cluster, block);
    }
    return new Answer.Given((int) block.next++);
  }

  private Optional<Answer> reserve(ClusterKey cluster, Block block) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Optional<Mark> mark = store.read(cluster);
      if (mark.isEmpty() || !mark.get().clusterUid().equals(block.clusterUid)) {
        blocks.remove(cluster);
        return Optional.of(new Answer.ClusterChanged());
      }
      long first = Math.max(block.next, mark.get().highWater() + 1);
      if (first > MAX_GROUP_ID) {
        return Optional.of(new Answer.Exhausted());
      }
      long last = Math.min(first + blockSize - 1, MAX_GROUP_ID);
      if (store.raise(cluster, mark.get(), last)) {
        block.next = first;
        block.last = last;
        log.info("{}: reserved group ids {} to {}", cluster, first, last);
        return Optional.empty();
      }
    }
    return Optional.of(new Answer.ClusterChanged());
  }

  /** Forgets the block of a cluster that is gone. */
  public synchronized void forget(ClusterKey cluster) {
    blocks.remove(cluster);
  }
}
