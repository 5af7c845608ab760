package io.multiraft.node.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.RaftException;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.port.RaftCaller;
import io.multiraft.node.port.Responder;
import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.RaftConfig;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.ServerConfig;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a member is told that passed a command on, and who may speak to a member at all. */
class IncomingRequestsTest {
  private static final RequestFrame COMMAND =
      RequestFrame.legacy(
          MessageType.CLIENT_REQUEST,
          0,
          0,
          0,
          0,
          0,
          0,
          List.of(LogEntry.of(0, EntryType.APP_LOG, new byte[] {1})));

  private final IncomingRequests incoming = new IncomingRequests(1);
  private final RaftCore core =
      new RaftCore(
          RaftConfig.defaults(),
          1,
          ClusterConfig.initial(List.of()),
          Optional.empty(),
          HardState.INITIAL,
          new ListLog(List::of),
          new Random(1),
          0);

  private final Answers answers = new Answers();

  /** What was answered. */
  private static final class Answers implements Responder {
    private final List<ResponseFrame> given = new ArrayList<>();
    private int dropped;

    @Override
    public void respond(ResponseFrame response) {
      given.add(response);
    }

    @Override
    public void drop() {
      dropped++;
    }
  }

  private ResponseFrame answer(RequestFrame request, Reason reason) {
    incoming.answerWhenDone(
        request, answers, CompletableFuture.failedFuture(new RaftException(reason, "")), core);
    assertThat(answers.dropped).isZero();
    assertThat(answers.given).hasSize(1);
    return answers.given.remove(0);
  }

  @Test
  void anOverloadedLeaderIsNoMissingOne() {
    ResponseFrame toNode = answer(COMMAND.extended(7, 1), Reason.OVERLOADED);
    assertThat(toNode.resultCode()).isEqualTo(ResultCode.BUSY);
    assertThat(toNode.accepted()).isFalse();
    assertThat(answer(COMMAND.extended(7, 1), Reason.NOT_LEADER).resultCode())
        .isEqualTo(ResultCode.NOT_LEADER);
  }

  @Test
  void anOldPeerIsToldWhatItKnows() {
    ResponseFrame toOldPeer = answer(COMMAND, Reason.OVERLOADED);
    assertThat(toOldPeer.resultCode()).isEqualTo(ResultCode.NOT_LEADER);
    assertThat(toOldPeer.accepted()).isFalse();
  }

  private static RequestFrame voteFrom(int source, int destination) {
    return RequestFrame.legacy(
        MessageType.REQUEST_VOTE_REQUEST, source, destination, 3, 0, 0, 0, List.of());
  }

  private static RaftCaller node(NodeRef ref) {
    return new RaftCaller(Optional.of(ref), 1, "somewhere");
  }

  /** Otherwise a member that was removed would seem to live on, and could be counted. */
  @Test
  void whatIsForAnotherMemberOfThisNodeIsRefused() {
    NodeRef peer = new NodeRef(2, new UUID(0, 2));
    ClusterConfig config =
        ClusterConfig.initial(List.of(ServerConfig.voter(2, "there", peer.toAux())));
    RequestFrame toFormer = voteFrom(2, 9).extended(7, 1);
    assertThat(incoming.admits(toFormer, node(peer), config, answers)).isFalse();
    assertThat(answers.given.get(0).resultCode()).isEqualTo(ResultCode.REMOVED_MEMBER);
    assertThat(incoming.admits(voteFrom(2, 1).extended(7, 1), node(peer), config, answers))
        .isTrue();
    assertThat(answers.given).hasSize(1);
  }

  @Test
  void aMemberThatSpeaksFromAnotherNodeIsNotHeard() {
    ClusterConfig config =
        ClusterConfig.initial(
            List.of(ServerConfig.voter(2, "there", new NodeRef(2, new UUID(0, 2)).toAux())));
    NodeRef successor = new NodeRef(2, new UUID(0, 99));
    assertThat(incoming.admits(voteFrom(2, 1).extended(7, 1), node(successor), config, answers))
        .isFalse();
    assertThat(answers.dropped).isEqualTo(1);
  }
}
