package io.multiraft.node.api.admin;

import io.multiraft.node.GroupStatus;
import io.multiraft.node.MembershipException;
import io.multiraft.node.RaftException;
import io.multiraft.node.RaftServer;
import io.multiraft.node.raft.MembershipChange;
import io.multiraft.node.raft.MembershipChange.AddLearner;
import io.multiraft.node.raft.MembershipChange.Demote;
import io.multiraft.node.raft.MembershipChange.Promote;
import io.multiraft.node.raft.MembershipChange.Remove;
import io.multiraft.node.raft.MembershipChange.SetPriority;
import io.multiraft.node.raft.MembershipResult;
import io.multiraft.node.raft.ServerConfig;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The calls that a group's leader answers: who is a member, and who leads. */
final class MemberRoutes {
  private final GroupLookup lookup;

  MemberRoutes(GroupLookup lookup) {
    this.lookup = lookup;
  }

  /** {@code POST /v1/groups/{id}/members}. */
  CompletionStage<Reply> change(AdminRequest request) {
    Documents.ChangeMembers body = Documents.read(request.body(), Documents.ChangeMembers.class);
    return change(request.groupId(), body.uid(), body.expected(), body.toChange());
  }

  /** {@code DELETE /v1/groups/{id}/members/{server}}. */
  CompletionStage<Reply> remove(AdminRequest request) {
    int serverId = AdminRequest.number("server", request.path().get(4));
    long expected =
        AdminRequest.longNumber(
            "configurationIndex", request.requiredParameter("configurationIndex"));
    return change(
        request.groupId(), request.requiredParameter("uid"), expected, new Remove(serverId));
  }

  private CompletionStage<Reply> change(
      int groupId, String uid, long expected, MembershipChange change) {
    RaftServer server = lookup.leader(groupId, uid);
    if (isDone(server.status(), change)) {
      return CompletableFuture.completedFuture(Reply.json(200, lookup.document(groupId)));
    }
    return server
        .changeMembership(expected, change)
        .handle(
            (index, failure) -> {
              if (failure != null) {
                throw changeFailed(server, failure);
              }
              return Reply.json(200, lookup.document(groupId));
            });
  }

  /** A call that is made again after it worked must work again, whatever index it expects. */
  private static boolean isDone(GroupStatus status, MembershipChange change) {
    Optional<ServerConfig> server =
        status.members().stream()
            .filter(member -> member.serverId() == change.serverId())
            .findFirst();
    if (change instanceof AddLearner add) {
      return server
          .filter(member -> member.endpoint().equals(add.server().endpoint()))
          .filter(member -> member.aux().equals(add.server().aux()))
          .isPresent();
    } else if (change instanceof Remove) {
      return server.isEmpty();
    } else if (change instanceof Promote) {
      return server.filter(ServerConfig::isVoter).isPresent();
    } else if (change instanceof Demote) {
      return server.filter(member -> !member.isVoter()).isPresent();
    }
    int priority = ((SetPriority) change).priority();
    return server.filter(member -> member.priority() == priority).isPresent();
  }

  private static RuntimeException changeFailed(RaftServer server, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof MembershipException refused) {
      return refused.why() instanceof MembershipResult.NotLeader
          ? GroupLookup.notLeader(server.status())
          : new ProblemException(409, reason(refused.why()), refused.getMessage());
    }
    if (cause instanceof RaftException raft) {
      return raft.reason() == RaftException.Reason.NOT_LEADER
          ? GroupLookup.notLeader(server.status())
          : new ProblemException(503, "change-not-seen", cause.getMessage());
    }
    return new CompletionException(cause);
  }

  private static String reason(MembershipResult why) {
    if (why instanceof MembershipResult.StaleIndex) {
      return "stale-configuration";
    } else if (why instanceof MembershipResult.ChangeOpen) {
      return "change-under-way";
    } else if (why instanceof MembershipResult.NotReady) {
      return "leader-not-ready";
    } else if (why instanceof MembershipResult.WouldLoseQuorum) {
      return "would-lose-quorum";
    } else if (why instanceof MembershipResult.NotCaughtUp) {
      return "not-caught-up";
    } else if (why instanceof MembershipResult.UnknownServer) {
      return "unknown-server";
    }
    return "server-id-used";
  }

  /** {@code POST /v1/groups/{id}/leader}. */
  CompletionStage<Reply> transfer(AdminRequest request) {
    Documents.Transfer body = Documents.read(request.body(), Documents.Transfer.class);
    RaftServer server = lookup.leader(request.groupId(), body.uid());
    OptionalInt target =
        body.serverId() == null ? OptionalInt.empty() : OptionalInt.of(body.serverId());
    return server
        .transferLeadership(target)
        .handle(
            (leader, failure) -> {
              if (failure != null) {
                throw transferFailed(failure);
              }
              return Reply.json(200, lookup.document(request.groupId()));
            });
  }

  private static RuntimeException transferFailed(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RaftException) {
      return new ProblemException(503, "transfer-failed", cause.getMessage());
    }
    return new CompletionException(cause);
  }
}
