package io.multiraft.node.group;

import io.multiraft.node.raft.RaftMessage;
import io.multiraft.node.raft.RaftMessage.AppendRequest;
import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.NotificationResponse;
import io.multiraft.node.raft.RaftMessage.PreVoteRequest;
import io.multiraft.node.raft.RaftMessage.PreVoteResponse;
import io.multiraft.node.raft.RaftMessage.QuiesceRequest;
import io.multiraft.node.raft.RaftMessage.QuiesceResponse;
import io.multiraft.node.raft.RaftMessage.ReadIndexRequest;
import io.multiraft.node.raft.RaftMessage.ReadIndexResponse;
import io.multiraft.node.raft.RaftMessage.ResignRequest;
import io.multiraft.node.raft.RaftMessage.TakeoverRequest;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import io.multiraft.node.raft.RaftMessage.VoteResponse;
import io.multiraft.node.raft.RaftMessage.WakeRequest;
import io.multiraft.node.raft.RaftMessage.WakeResponse;
import io.multiraft.node.wire.CustomNotification;
import io.multiraft.node.wire.ForceVote;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import java.util.List;
import java.util.Optional;

/** Turns the core's messages into frames and back. All methods are pure. */
final class FrameMapper {
  private FrameMapper() {}

  /** The legacy form of a request; the connection extends it where the peer can. */
  static RequestFrame toFrame(int self, int to, RaftMessage.Request message) {
    if (message instanceof AppendRequest append) {
      return RequestFrame.legacy(
          MessageType.APPEND_ENTRIES_REQUEST,
          self,
          to,
          append.term(),
          append.prevLogTerm(),
          append.prevLogIndex(),
          append.commitIndex(),
          append.entries());
    }
    if (message instanceof PreVoteRequest vote) {
      return RequestFrame.legacy(
          MessageType.PRE_VOTE_REQUEST,
          self,
          to,
          vote.term(),
          vote.lastLogTerm(),
          vote.lastLogIndex(),
          vote.commitIndex(),
          List.of());
    }
    if (message instanceof VoteRequest vote) {
      return RequestFrame.legacy(
          MessageType.REQUEST_VOTE_REQUEST,
          self,
          to,
          vote.term(),
          vote.lastLogTerm(),
          vote.lastLogIndex(),
          vote.commitIndex(),
          vote.forced() ? List.of(ForceVote.toEntry()) : List.of());
    }
    if (message instanceof TakeoverRequest takeover) {
      return RequestFrame.legacy(
          MessageType.CUSTOM_NOTIFICATION_REQUEST,
          self,
          to,
          takeover.term(),
          takeover.lastLogTerm(),
          takeover.lastLogIndex(),
          takeover.commitIndex(),
          List.of(new CustomNotification.LeadershipTakeover().toEntry()));
    }
    if (message instanceof ResignRequest resign) {
      return RequestFrame.legacy(
          MessageType.CUSTOM_NOTIFICATION_REQUEST,
          self,
          to,
          resign.term(),
          resign.lastLogTerm(),
          resign.lastLogIndex(),
          resign.commitIndex(),
          List.of(new CustomNotification.RequestResignation().toEntry()));
    }
    if (message instanceof QuiesceRequest quiesce) {
      return RequestFrame.legacy(
          MessageType.QUIESCE_REQUEST,
          self,
          to,
          quiesce.term(),
          quiesce.lastLogTerm(),
          quiesce.lastLogIndex(),
          quiesce.commitIndex(),
          List.of());
    }
    if (message instanceof WakeRequest wake) {
      return RequestFrame.legacy(
          MessageType.WAKE_REQUEST, self, to, wake.term(), 0, 0, 0, List.of());
    }
    return RequestFrame.readIndex(self, to, message.term());
  }

  /**
   * The message that a request carries; empty for a type that the core does not know.
   *
   * @param correlation the receiver's own number for the request
   */
  static Optional<RaftMessage.Request> toMessage(RequestFrame frame, long correlation) {
    return Optional.ofNullable(
        switch (frame.type()) {
          case APPEND_ENTRIES_REQUEST ->
              new AppendRequest(
                  correlation,
                  frame.term(),
                  frame.lastLogTerm(),
                  frame.lastLogIndex(),
                  frame.commitIndex(),
                  frame.entries());
          case PRE_VOTE_REQUEST ->
              new PreVoteRequest(
                  correlation,
                  frame.term(),
                  frame.lastLogTerm(),
                  frame.lastLogIndex(),
                  frame.commitIndex());
          case REQUEST_VOTE_REQUEST ->
              new VoteRequest(
                  correlation,
                  frame.term(),
                  frame.lastLogTerm(),
                  frame.lastLogIndex(),
                  frame.commitIndex(),
                  ForceVote.isIn(frame));
          case READ_INDEX_REQUEST -> new ReadIndexRequest(correlation, frame.term());
          case CUSTOM_NOTIFICATION_REQUEST -> notification(frame, correlation);
          case QUIESCE_REQUEST ->
              new QuiesceRequest(
                  correlation,
                  frame.term(),
                  frame.lastLogTerm(),
                  frame.lastLogIndex(),
                  frame.commitIndex());
          case WAKE_REQUEST -> new WakeRequest(correlation, frame.term());
          default -> null;
        });
  }

  private static RaftMessage.Request notification(RequestFrame frame, long correlation) {
    if (frame.entries().size() != 1) {
      return null;
    }
    CustomNotification kind = CustomNotification.fromBytes(frame.entries().get(0).payload());
    if (kind instanceof CustomNotification.LeadershipTakeover) {
      return new TakeoverRequest(
          correlation,
          frame.term(),
          frame.lastLogTerm(),
          frame.lastLogIndex(),
          frame.commitIndex());
    }
    if (kind instanceof CustomNotification.RequestResignation) {
      return new ResignRequest(
          correlation,
          frame.term(),
          frame.lastLogTerm(),
          frame.lastLogIndex(),
          frame.commitIndex());
    }
    return null;
  }

  /** The answer to {@code request}; the message must not be a {@link RaftMessage.NoAnswer}. */
  static ResponseFrame toFrame(RequestFrame request, int self, RaftMessage.Response message) {
    boolean accepted;
    long nextIndex;
    if (message instanceof AppendResponse append) {
      accepted = append.accepted();
      nextIndex = append.nextIndex();
    } else if (message instanceof PreVoteResponse vote) {
      accepted = vote.accepted();
      nextIndex = vote.nextIndex();
    } else if (message instanceof VoteResponse vote) {
      accepted = vote.accepted();
      nextIndex = vote.nextIndex();
    } else if (message instanceof NotificationResponse notified) {
      accepted = notified.accepted();
      nextIndex = notified.nextIndex();
    } else if (message instanceof ReadIndexResponse read) {
      accepted = read.accepted();
      nextIndex = read.readIndex();
    } else if (message instanceof QuiesceResponse rest) {
      accepted = rest.accepted();
      nextIndex = rest.nextIndex();
    } else if (message instanceof WakeResponse) {
      accepted = true;
      nextIndex = 0;
    } else {
      throw new IllegalArgumentException("no frame says " + message);
    }
    return ResponseFrame.to(request, self, message.term(), nextIndex, accepted);
  }

  /**
   * The message in the answer to a request of the core; empty if the types do not belong together.
   */
  static Optional<RaftMessage.Response> toMessage(
      RaftMessage.Request request, ResponseFrame frame) {
    long correlation = request.correlation();
    return Optional.ofNullable(
        switch (frame.type()) {
          case APPEND_ENTRIES_RESPONSE ->
              request instanceof AppendRequest
                  ? new AppendResponse(
                      correlation, frame.term(), frame.accepted(), frame.nextIndex())
                  : null;
          case PRE_VOTE_RESPONSE ->
              request instanceof PreVoteRequest
                  ? new PreVoteResponse(
                      correlation, frame.term(), frame.accepted(), frame.nextIndex())
                  : null;
          case REQUEST_VOTE_RESPONSE ->
              request instanceof VoteRequest
                  ? new VoteResponse(correlation, frame.term(), frame.accepted(), frame.nextIndex())
                  : null;
          case READ_INDEX_RESPONSE ->
              request instanceof ReadIndexRequest
                  ? new ReadIndexResponse(
                      correlation, frame.term(), frame.accepted(), frame.nextIndex())
                  : null;
          case QUIESCE_RESPONSE ->
              request instanceof QuiesceRequest
                  ? new QuiesceResponse(
                      correlation, frame.term(), frame.accepted(), frame.nextIndex())
                  : null;
          case WAKE_RESPONSE ->
              request instanceof WakeRequest ? new WakeResponse(correlation, frame.term()) : null;
          case CUSTOM_NOTIFICATION_RESPONSE ->
              request instanceof TakeoverRequest || request instanceof ResignRequest
                  ? new NotificationResponse(
                      correlation, frame.term(), frame.accepted(), frame.nextIndex())
                  : null;
          default -> null;
        });
  }
}
