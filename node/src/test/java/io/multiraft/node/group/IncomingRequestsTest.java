package io.multiraft.node.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.RaftException;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.port.Responder;
import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.RaftConfig;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a member that passed a command on is told. */
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

  private ResponseFrame answer(RequestFrame request, Reason reason) {
    List<ResponseFrame> answers = new ArrayList<>();
    Responder responder =
        new Responder() {
          @Override
          public void respond(ResponseFrame response) {
            answers.add(response);
          }

          @Override
          public void drop() {
            throw new AssertionError("an answer is owed");
          }
        };
    incoming.answerWhenDone(
        request, responder, CompletableFuture.failedFuture(new RaftException(reason, "")), core);
    assertThat(answers).hasSize(1);
    return answers.get(0);
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
}
