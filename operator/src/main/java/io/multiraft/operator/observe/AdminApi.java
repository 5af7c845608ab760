package io.multiraft.operator.observe;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The admin API of a node as the operator uses it (docs/admin-api.md). No call blocks; each future
 * fails with an {@link AdminException}. Safe for use by many threads.
 */
public interface AdminApi {
  /** The most groups that one {@link #putGroups} may carry. */
  int MAX_GROUPS_PER_PUT = 1_000;

  CompletableFuture<NodeDocument> node(NodeAddress address, String token);

  /** Adds many groups; the results come in the order of the requests. */
  CompletableFuture<List<GroupResult>> putGroups(
      NodeAddress address, String token, List<GroupRequest> groups);

  /** Removes a group; completes also when it was gone already. */
  CompletableFuture<Void> deleteGroup(NodeAddress address, String token, int groupId, String uid);

  /** Adds one group or member. */
  CompletableFuture<Void> putGroup(NodeAddress address, String token, GroupRequest group);

  /** Changes a group's members by one step; asked of the leader. */
  CompletableFuture<Void> changeMembers(
      NodeAddress address, String token, int groupId, MemberChange change);

  /** Takes a member out of a group; asked of the leader. */
  CompletableFuture<Void> removeMember(
      NodeAddress address,
      String token,
      int groupId,
      int serverId,
      String uid,
      long configurationIndex);

  /** Deletes what a node holds of one member; completes also when it was gone already. */
  CompletableFuture<Void> deleteReplica(
      NodeAddress address, String token, int groupId, String uid, int serverId);

  /** Makes a node hand its leaders over and take none, or lets it lead again. */
  CompletableFuture<NodeDocument> drain(NodeAddress address, String token, boolean on);

  /**
   * Opens the stream of changes.
   *
   * @param since the last sequence seen of the same boot, or empty for a full list first
   * @param lines called for each line, one after another
   */
  WatchCall watch(NodeAddress address, String token, OptionalLong since, Consumer<String> lines);

  /** An open stream. */
  interface WatchCall {
    /** Completes when the stream ended: normally, or with an {@link AdminException}. */
    CompletableFuture<Void> ended();

    /** Ends it; {@link #ended} completes soon after. */
    void close();
  }
}
