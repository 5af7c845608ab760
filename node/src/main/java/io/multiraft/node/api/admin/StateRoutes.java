package io.multiraft.node.api.admin;

import io.multiraft.node.RaftException;
import io.multiraft.node.RaftServer;
import io.multiraft.node.group.GroupManager;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** The calls about a group's state on this node: snapshots, backups, and whose it is. */
final class StateRoutes {
  private final GroupManager groups;
  private final GroupLookup lookup;

  StateRoutes(GroupManager groups, GroupLookup lookup) {
    this.groups = groups;
    this.lookup = lookup;
  }

  /** {@code POST /v1/groups/{id}/snapshot}. */
  CompletionStage<Reply> snapshot(AdminRequest request) {
    Documents.Owner body = Documents.read(request.body(), Documents.Owner.class);
    RaftServer server = lookup.member(request.groupId(), body.uid());
    return server
        .snapshot()
        .handle(
            answer("snapshot-failed", () -> Reply.json(200, lookup.document(request.groupId()))));
  }

  /** {@code GET /v1/groups/{id}/backup}. */
  CompletionStage<Reply> backup(AdminRequest request) {
    RaftServer server = lookup.member(request.groupId(), request.requiredParameter("uid"));
    return server
        .readBarrier()
        .thenCompose(upToDate -> server.snapshot())
        .handle(answer("backup-failed", () -> null))
        .thenCompose(taken -> groups.openBackup(request.groupId()))
        .thenApply(Reply::backup);
  }

  private static java.util.function.BiFunction<Object, Throwable, Reply> answer(
      String reason, Supplier<Reply> reply) {
    return (done, failure) -> {
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      if (cause instanceof RaftException) {
        throw new ProblemException(503, reason, cause.getMessage());
      } else if (cause != null) {
        throw new CompletionException(cause);
      }
      return reply.get();
    };
  }

  /** {@code POST /v1/groups/{id}/owner}. */
  CompletionStage<Reply> owner(AdminRequest request) {
    Documents.ChangeOwner body = Documents.read(request.body(), Documents.ChangeOwner.class);
    lookup.member(request.groupId());
    CompletableFuture<Void> changed =
        groups.changeOwner(request.groupId(), body.expectedUid(), body.uid());
    return changed.thenApply(done -> Reply.json(200, lookup.document(request.groupId())));
  }
}
