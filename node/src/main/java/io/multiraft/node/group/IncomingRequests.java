package io.multiraft.node.group;

import io.multiraft.node.RaftException;
import io.multiraft.node.port.RaftCaller;
import io.multiraft.node.port.Responder;
import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.RaftMessage;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Requests of other members that wait for the core's answer, by the number that the core knows them
 * by. Used on the group's event loop.
 */
final class IncomingRequests {
  private record Asked(RequestFrame request, Responder responder) {}

  private final Map<Long, Asked> byCorrelation = new HashMap<>();
  private final int serverId;
  private long lastCorrelation;

  IncomingRequests(int serverId) {
    this.serverId = serverId;
  }

  /** Whether this member may look at what another member says; answered here if not. */
  boolean admits(
      RequestFrame request, RaftCaller caller, ClusterConfig config, Responder responder) {
    if (caller.node().isPresent() && request.destinationId() != serverId) {
      // Meant for a member that was here before: answered by this one, it would seem to live on.
      responder.respond(ResponseFrame.refusal(request, ResultCode.REMOVED_MEMBER));
      return false;
    }
    if (isImpostor(request, caller, config)) {
      responder.drop();
      return false;
    }
    return true;
  }

  /** Remembers a request and gives it the core's form; empty if it was answered here. */
  Optional<RaftMessage.Request> take(RequestFrame request, Responder responder) {
    long correlation = ++lastCorrelation;
    Optional<RaftMessage.Request> message = FrameMapper.toMessage(request, correlation);
    if (message.isEmpty()) {
      responder.drop(); // as an old peer does with what it does not know
    } else {
      byCorrelation.put(correlation, new Asked(request, responder));
    }
    return message;
  }

  /**
   * A member of this group, but from another node or incarnation than the group knows, or from
   * somebody who has not said hello.
   */
  private static boolean isImpostor(RequestFrame request, RaftCaller caller, ClusterConfig config) {
    return config
        .server(request.sourceId())
        .flatMap(server -> NodeRef.fromAux(server.aux()))
        .map(known -> !caller.node().equals(Optional.of(known)))
        .orElse(false);
  }

  /** The core's answer leaves. */
  void answer(RaftMessage.Response response) {
    Asked asked = byCorrelation.remove(response.correlation());
    if (asked == null) {
      return;
    }
    if (response instanceof RaftMessage.NoAnswer) {
      asked.responder().drop();
    } else {
      asked.responder().respond(FrameMapper.toFrame(asked.request(), serverId, response));
    }
  }

  /** The member ends here: everything outstanding is told why. */
  void stop(ResultCode why) {
    byCorrelation
        .values()
        .forEach(asked -> asked.responder().respond(ResponseFrame.refusal(asked.request(), why)));
    byCorrelation.clear();
  }

  /** Whether a client request can be proposed: commands only, at least one. */
  static boolean isProposal(RequestFrame request) {
    return !request.entries().isEmpty()
        && request.entries().stream()
            .map(LogEntry::type)
            .allMatch(type -> type == EntryType.APP_LOG);
  }

  /** Answers a client request when its last command is done (wire protocol, section 8.4). */
  void answerWhenDone(
      RequestFrame request, Responder responder, CompletableFuture<byte[]> last, RaftCore core) {
    last.whenComplete(
        (result, failure) -> {
          ResultCode code = code(failure);
          if (code.isRefusal() && request.hasRequestId()) {
            responder.respond(ResponseFrame.refusal(request, code));
            return;
          } else if (code.isRefusal()) {
            code = ResultCode.NOT_LEADER; // an old peer knows no other word for "try again"
          }
          boolean accepted = !ResultCode.NOT_LEADER.equals(code);
          long next = accepted ? core.commitIndex() + 1 : 0;
          ResponseFrame answer =
              ResponseFrame.to(request, serverId, core.term(), next, accepted).withResultCode(code);
          responder.respond(result == null ? answer : answer.withContext(result));
        });
  }

  private static ResultCode code(Throwable failure) {
    if (failure == null) {
      return ResultCode.OK;
    }
    return switch (((RaftException) failure).reason()) {
      case OVERLOADED, NO_SPACE -> ResultCode.BUSY;
      case NOT_LEADER, NO_LEADER, STOPPED -> ResultCode.NOT_LEADER;
      case UNKNOWN_OUTCOME -> ResultCode.TIMEOUT;
    };
  }
}
