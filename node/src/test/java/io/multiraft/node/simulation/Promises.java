package io.multiraft.node.simulation;

import io.multiraft.node.raft.HardState;
import io.multiraft.node.wire.Frame;
import io.multiraft.node.wire.FrameBatch;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import java.util.HashMap;
import java.util.Map;

/**
 * What members have told others, and so must know for ever: terms, votes and what their disk holds.
 * It is compared with what their disk says after each crash.
 */
final class Promises {
  record ServerId(int group, int server) {}

  private record Ballot(ServerId voter, long term) {}

  /** All that a server has told. */
  private static final class Told {
    private long term;
    private long ackTerm;
    private long ackIndex;
  }

  private final Map<Ballot, Integer> votes = new HashMap<>();
  private final Map<ServerId, Told> told = new HashMap<>();

  /** A frame leaves a node. */
  void left(Frame frame) {
    if (frame instanceof RequestFrame request) {
      requested(request);
    } else if (frame instanceof ResponseFrame response) {
      answered(response);
    } else if (frame instanceof FrameBatch batch) {
      batch.frames().forEach(this::left);
    }
  }

  private void requested(RequestFrame request) {
    if (request.type() == MessageType.REQUEST_VOTE_REQUEST) {
      ServerId candidate = new ServerId(request.groupId(), request.sourceId());
      voted(candidate, request.term(), candidate.server());
    } else if (request.type() == MessageType.APPEND_ENTRIES_REQUEST) {
      term(new ServerId(request.groupId(), request.sourceId()), request.term());
    }
  }

  private void answered(ResponseFrame response) {
    ServerId server = new ServerId(response.groupId(), response.sourceId());
    if (response.isRefusal() || response.resultCode() != null) {
      return; // says nothing about the member's state
    }
    if (response.type() == MessageType.REQUEST_VOTE_RESPONSE) {
      if (response.accepted()) {
        voted(server, response.term(), response.destinationId());
      } else {
        term(server, response.term());
      }
    } else if (response.type() == MessageType.APPEND_ENTRIES_RESPONSE) {
      Told all = term(server, response.term());
      if (response.accepted()) {
        if (response.term() > all.ackTerm) {
          all.ackTerm = response.term();
          all.ackIndex = 0;
        }
        if (response.term() == all.ackTerm) {
          all.ackIndex = Math.max(all.ackIndex, response.nextIndex() - 1);
        }
      }
    }
  }

  private Told term(ServerId server, long term) {
    Told all = told.computeIfAbsent(server, key -> new Told());
    all.term = Math.max(all.term, term);
    return all;
  }

  private void voted(ServerId voter, long term, int candidate) {
    Integer before = votes.putIfAbsent(new Ballot(voter, term), candidate);
    Violation.require(
        before == null || before == candidate,
        "double vote: %s votes for %s and %s in term %s",
        voter,
        before,
        candidate,
        term);
    term(voter, term);
  }

  /** What a member's disk says after a restart. */
  void recovered(ServerId server, HardState hardState, long lastIndex) {
    Told all = told.get(server);
    if (all == null) {
      return;
    }
    Violation.require(
        hardState.term() >= all.term,
        "forgotten term: %s has told term %s, its disk says %s",
        server,
        all.term,
        hardState);
    Integer candidate = votes.get(new Ballot(server, hardState.term()));
    Violation.require(
        candidate == null || candidate == hardState.votedFor(),
        "forgotten vote: %s has voted for %s, its disk says %s",
        server,
        candidate,
        hardState);
    Violation.require(
        hardState.term() > all.ackTerm || lastIndex >= all.ackIndex,
        "forgotten entries: %s has acknowledged %s in term %s, its disk has %s",
        server,
        all.ackIndex,
        all.ackTerm,
        lastIndex);
  }
}
