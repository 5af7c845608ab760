package io.multiraft.node.raft;

import java.util.List;

/**
 * What members of a group say to each other. The fields are those of the wire protocol, sections 2,
 * 7 to 9 and 12. Every request yields exactly one {@link Response} with its correlation, possibly
 * {@link NoAnswer}.
 */
public sealed interface RaftMessage {
  /**
   * Chosen by the sender of a request, unique among its requests and rising; echoed by the
   * response, so that nothing depends on the order in which messages arrive.
   */
  long correlation();

  /** The sender's term, unless the record says otherwise. */
  long term();

  /** A message that asks for a {@link Response}. */
  sealed interface Request extends RaftMessage {}

  /** A message that answers the {@link Request} with the same correlation. */
  sealed interface Response extends RaftMessage {}

  /**
   * "Could I win an election?" (type 20).
   *
   * @param term the current term, not yet raised
   * @param lastLogTerm term of the sender's last entry, 0 if none
   * @param lastLogIndex index of the sender's last entry, 0 if none
   * @param commitIndex the sender's commit index
   */
  record PreVoteRequest(
      long correlation, long term, long lastLogTerm, long lastLogIndex, long commitIndex)
      implements Request {}

  /**
   * Answer to {@link PreVoteRequest} (type 21).
   *
   * @param term the term of the request, not the sender's
   * @param accepted whether the sender knows no live leader and would vote for such a log
   * @param nextIndex the sender's next free index if accepted; else {@link #REMOVED}, or, above the
   *     commit index of the request, one more than what of the receiver's log the sender knows to
   *     be committed, or 0; old peers send and get no other denials than 0 and {@link #REMOVED}
   */
  record PreVoteResponse(long correlation, long term, boolean accepted, long nextIndex)
      implements Response {
    /** As {@code nextIndex} of a denial: the asking server is not a member any more. */
    public static final long REMOVED = -1;
  }

  /**
   * "Vote for me in this term" (type 1).
   *
   * @param lastLogTerm term of the sender's last entry, 0 if none
   * @param lastLogIndex index of the sender's last entry, 0 if none
   * @param commitIndex the sender's commit index
   * @param forced vote even though a leader lives: it handed its leadership over
   */
  record VoteRequest(
      long correlation,
      long term,
      long lastLogTerm,
      long lastLogIndex,
      long commitIndex,
      boolean forced)
      implements Request {}

  /**
   * Answer to {@link VoteRequest} (type 2).
   *
   * @param accepted whether the vote is given
   * @param nextIndex the sender's next free index if accepted, else 0
   */
  record VoteResponse(long correlation, long term, boolean accepted, long nextIndex)
      implements Response {}

  /**
   * Entries, or none as a heartbeat (type 3).
   *
   * @param prevLogTerm term of the entry before the first one carried, 0 if none
   * @param prevLogIndex index of the entry before the first one carried, 0 if none
   * @param commitIndex the leader's commit index
   * @param entries consecutive, from {@code prevLogIndex + 1} on
   */
  record AppendRequest(
      long correlation,
      long term,
      long prevLogTerm,
      long prevLogIndex,
      long commitIndex,
      List<LogEntry> entries)
      implements Request {
    public AppendRequest {
      entries = List.copyOf(entries);
    }
  }

  /**
   * Answer to {@link AppendRequest} (type 4).
   *
   * @param accepted whether the sender's durable log equals the leader's up to {@code nextIndex -
   *     1}
   * @param nextIndex if accepted one more than the last index that the request covered, else where
   *     the leader may try next, 0 if unknown
   */
  record AppendResponse(long correlation, long term, boolean accepted, long nextIndex)
      implements Response {}

  /**
   * The leader hands over: start a forced election now (type 28, kind 2).
   *
   * @param lastLogTerm term of the leader's last entry
   * @param lastLogIndex index of the leader's last entry
   * @param commitIndex the leader's commit index
   */
  record TakeoverRequest(
      long correlation, long term, long lastLogTerm, long lastLogIndex, long commitIndex)
      implements Request {}

  /**
   * A follower asks the leader to hand over to it (type 28, kind 3).
   *
   * @param lastLogTerm term of the sender's last entry, 0 if none
   * @param lastLogIndex index of the sender's last entry, 0 if none
   * @param commitIndex the sender's commit index
   */
  record ResignRequest(
      long correlation, long term, long lastLogTerm, long lastLogIndex, long commitIndex)
      implements Request {}

  /**
   * Answer to {@link TakeoverRequest} and {@link ResignRequest} (type 29).
   *
   * @param accepted whether the receiver acts on it
   * @param nextIndex the sender's next free index
   */
  record NotificationResponse(long correlation, long term, boolean accepted, long nextIndex)
      implements Response {}

  /** A follower asks the leader for an index that makes its reads linearizable. */
  record ReadIndexRequest(long correlation, long term) implements Request {}

  /**
   * Answer to {@link ReadIndexRequest}.
   *
   * @param accepted whether the sender was the leader after the request had arrived
   * @param readIndex reads may be served once this index is applied; 0 if not accepted
   */
  record ReadIndexResponse(long correlation, long term, boolean accepted, long readIndex)
      implements Response {}

  /**
   * The leader of a group that has nothing to do asks a member to rest.
   *
   * @param lastLogTerm term of the leader's last entry
   * @param lastLogIndex index of the leader's last entry
   * @param commitIndex the leader's commit index
   */
  record QuiesceRequest(
      long correlation, long term, long lastLogTerm, long lastLogIndex, long commitIndex)
      implements Request {}

  /**
   * Answer to {@link QuiesceRequest}.
   *
   * @param accepted whether the sender rests: it has exactly what the leader has
   * @param nextIndex the sender's next free index
   */
  record QuiesceResponse(long correlation, long term, boolean accepted, long nextIndex)
      implements Response {}

  /**
   * The sender led and does not any more, or stops being a member although its node lives: nobody
   * may rest under it.
   *
   * @param term the one that it led or was a member in
   */
  record WakeRequest(long correlation, long term) implements Request {}

  /** Answer to {@link WakeRequest}. */
  record WakeResponse(long correlation, long term) implements Response {}

  /**
   * The request stays unanswered: it can only come from a peer that is broken. The transport drops
   * the connection that it came from (old peers know no other way to say so).
   *
   * @param term always 0
   */
  record NoAnswer(long correlation, long term) implements Response {
    /** For the request with this correlation. */
    public NoAnswer(long correlation) {
      this(correlation, 0);
    }
  }
}
