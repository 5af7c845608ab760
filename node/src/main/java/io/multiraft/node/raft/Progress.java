package io.multiraft.node.raft;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * What a leader knows of one follower. It sends one request at a time until it has found where the
 * logs agree, then as many as the window holds, each starting where the one before ended; and none
 * with entries while the follower needs a snapshot.
 */
final class Progress {
  private enum Mode {
    PROBE,
    STREAM,
    SNAPSHOT
  }

  /** A request that is not answered yet; {@code lastIndex} is the last index that it covers. */
  private record Sent(
      long correlation, long prevIndex, long lastIndex, long bytes, long sentNanos) {
    boolean isHeartbeat() {
      return bytes < 0;
    }
  }

  private static final long HEARTBEAT = -1;

  /** As an age: longer ago than anything that matters, and far from where the clock wraps. */
  private static final long NEVER_NANOS = Long.MAX_VALUE / 4;

  private final ArrayDeque<Sent> inFlight = new ArrayDeque<>();
  private Mode mode = Mode.PROBE;
  private long matchIndex;
  private long nextIndex;
  private long inFlightBytes;
  private int inFlightMessages;
  private long heardNanos;
  private long presumedAliveNanos;
  private long ackedCorrelation = Long.MIN_VALUE;
  private long ackedSentNanos;
  private long announcedCommitIndex;
  private boolean snapshotAsked;
  private int snapshotFailures;
  private long snapshotRetryNanos;
  private boolean removed;
  private long removalIndex;
  private long removalCorrelation;
  private long farewellNanos;

  Progress(long nextIndex, long nowNanos) {
    this.nextIndex = nextIndex;
    this.heardNanos = nowNanos;
    this.presumedAliveNanos = nowNanos;
    this.ackedSentNanos = nowNanos - NEVER_NANOS;
  }

  /** Highest index up to which the follower's durable log is known to equal the leader's. */
  long matchIndex() {
    return matchIndex;
  }

  /** Index of the next entry to send. */
  long nextIndex() {
    return nextIndex;
  }

  /** When the follower last answered. */
  long heardNanos() {
    return heardNanos;
  }

  /** The highest correlation of a request that the follower answered in the leader's term. */
  long ackedCorrelation() {
    return ackedCorrelation;
  }

  /** When the request of {@link #ackedCorrelation} was sent; very long ago if there is none. */
  long ackedSentNanos() {
    return ackedSentNanos;
  }

  /** Whether it is not known yet where the follower's log agrees with the leader's. */
  boolean isUnknown() {
    return mode == Mode.PROBE && nextIndex > matchIndex + 1;
  }

  /** Whether one more request with entries may be sent. */
  boolean hasRoom(RaftConfig limits) {
    if (mode != Mode.STREAM) {
      return mode == Mode.PROBE && inFlightMessages == 0;
    }
    return inFlightMessages < limits.maxInFlightMessages()
        && inFlightBytes < limits.maxInFlightBytes();
  }

  /** Whether the follower could commit more than it was told. */
  boolean lacksCommit(long commitIndex) {
    return Math.min(commitIndex, matchIndex) > announcedCommitIndex;
  }

  /** Whether the follower has everything, knows that it is committed, and owes no answer. */
  boolean isLevelWith(long lastIndex, long commitIndex) {
    return mode == Mode.STREAM
        && matchIndex == lastIndex
        && inFlightMessages == 0
        && announcedCommitIndex >= Math.min(commitIndex, matchIndex);
  }

  /** The follower answered what is no append: it lives, and nothing else follows from it. */
  void heard(long now) {
    heardNanos = now;
  }

  /** The group rested until now, and the follower's node has answered all the time. */
  void presumedAlive(long now) {
    presumedAliveNanos = now;
  }

  /** When the follower last showed that it lives, or its node did while it rested. */
  long aliveNanos() {
    return heardNanos - presumedAliveNanos > 0 ? heardNanos : presumedAliveNanos;
  }

  /** A request with entries was sent. */
  void sentEntries(
      long correlation, long prevIndex, long lastIndex, long bytes, long commitIndex, long now) {
    inFlight.addLast(new Sent(correlation, prevIndex, lastIndex, bytes, now));
    inFlightMessages++;
    inFlightBytes += bytes;
    announcedCommitIndex = Math.max(announcedCommitIndex, Math.min(commitIndex, lastIndex));
    if (mode == Mode.STREAM) {
      nextIndex = lastIndex + 1;
    }
  }

  /** A heartbeat was sent; of many unanswered ones only the youngest are remembered. */
  void sentHeartbeat(long correlation, long commitIndex, long now, int maxHeartbeats) {
    if (inFlight.size() - inFlightMessages >= maxHeartbeats) {
      removeOldestHeartbeat();
    }
    inFlight.addLast(new Sent(correlation, matchIndex, matchIndex, HEARTBEAT, now));
    announcedCommitIndex = Math.max(announcedCommitIndex, Math.min(commitIndex, matchIndex));
  }

  /**
   * The follower took what a request of this term covered. That holds also if the request was given
   * up in the meantime; as a sign of life only an answer that is awaited counts.
   */
  void accepted(long correlation, long newMatchIndex, long now) {
    Sent answered = forget(correlation);
    if (answered != null) {
      answered(answered, now);
    }
    matchIndex = Math.max(matchIndex, newMatchIndex);
    nextIndex = Math.max(nextIndex, matchIndex + 1);
    if (mode == Mode.PROBE && nextIndex == matchIndex + 1) {
      mode = Mode.STREAM;
    }
    for (Iterator<Sent> all = inFlight.iterator(); all.hasNext(); ) {
      Sent sent = all.next();
      if (sent.correlation < correlation && sent.lastIndex <= matchIndex) {
        discount(sent);
        all.remove();
      }
    }
  }

  /**
   * The follower's log does not have what the request builds on.
   *
   * @param hint where the follower would have the leader try, 0 if it does not know
   */
  void rejected(long correlation, long hint, long now) {
    Sent sent = forget(correlation);
    if (sent == null) {
      return;
    }
    answered(sent, now);
    if (sent.isHeartbeat() || mode == Mode.SNAPSHOT) {
      return;
    }
    // Wire protocol, section 8.1: the hint if it is lower, else one step down.
    long lower = hint > 0 && hint <= sent.prevIndex ? hint : sent.prevIndex;
    probeFrom(Math.max(lower, matchIndex + 1));
  }

  /** Requests may have been lost: find out again what the follower has, or go on finding out. */
  void lost() {
    announcedCommitIndex = 0;
    if (mode != Mode.SNAPSHOT) {
      probeFrom(mode == Mode.PROBE ? nextIndex : matchIndex + 1);
    }
  }

  /** The entries that the follower needs are in a snapshot only. */
  void needsSnapshot(long now) {
    probeFrom(nextIndex);
    mode = Mode.SNAPSHOT;
    snapshotAsked = false;
    snapshotRetryNanos = now;
  }

  boolean isInSnapshot() {
    return mode == Mode.SNAPSHOT;
  }

  /** Whether it is time to ask for a snapshot for the follower. */
  boolean wantsSnapshot(long now) {
    return mode == Mode.SNAPSHOT && !snapshotAsked && now - snapshotRetryNanos >= 0;
  }

  void snapshotAsked() {
    snapshotAsked = true;
  }

  /** The follower has a snapshot that ends at {@code index}: finds out what it has behind it. */
  void snapshotSent(long index) {
    if (mode == Mode.SNAPSHOT) {
      snapshotFailures = 0;
      probeFrom(Math.max(index, matchIndex) + 1);
    }
  }

  /**
   * The follower did not get its snapshot: it is asked for again, each time later up to a bound.
   */
  void snapshotFailed(long now, long firstBackOffNanos, long maxBackOffNanos) {
    if (mode == Mode.SNAPSHOT) {
      snapshotAsked = false;
      long backOff = firstBackOffNanos << Math.min(snapshotFailures, 10);
      snapshotRetryNanos = now + Math.min(backOff, maxBackOffNanos);
      snapshotFailures++;
    }
  }

  /**
   * The follower is no member any more, since the configuration in force has changed.
   *
   * @param index committed by now, with that configuration
   * @param nextCorrelation of the first request that will say so
   * @param untilNanos when to stop telling it
   */
  void removed(long index, long nextCorrelation, long untilNanos) {
    if (!removed) {
      removed = true;
      removalIndex = index;
      removalCorrelation = nextCorrelation;
      farewellNanos = untilNanos;
    }
  }

  boolean isRemoved() {
    return removed;
  }

  /** When to stop telling a removed member so. */
  long farewellNanos() {
    return farewellNanos;
  }

  /** Whether a removed member that took this request has committed its removal. */
  boolean knowsOfRemoval(long correlation, long coveredIndex) {
    return removed && correlation >= removalCorrelation && coveredIndex >= removalIndex;
  }

  /** Gives up requests that are older than {@code maxAgeNanos}. */
  void expire(long now, long maxAgeNanos) {
    boolean entriesLost = false;
    for (Iterator<Sent> all = inFlight.iterator(); all.hasNext(); ) {
      Sent sent = all.next();
      if (now - sent.sentNanos < maxAgeNanos) {
        break;
      }
      if (sent.isHeartbeat()) {
        all.remove();
      } else {
        entriesLost = true;
      }
    }
    if (entriesLost) {
      lost();
    }
  }

  private void probeFrom(long index) {
    mode = Mode.PROBE;
    nextIndex = index;
    inFlight.removeIf(sent -> !sent.isHeartbeat());
    inFlightMessages = 0;
    inFlightBytes = 0;
  }

  private void answered(Sent sent, long now) {
    heardNanos = now;
    if (sent.correlation > ackedCorrelation) {
      ackedCorrelation = sent.correlation;
      ackedSentNanos = sent.sentNanos;
    }
  }

  private Sent forget(long correlation) {
    for (Iterator<Sent> all = inFlight.iterator(); all.hasNext(); ) {
      Sent sent = all.next();
      if (sent.correlation == correlation) {
        discount(sent);
        all.remove();
        return sent;
      }
    }
    return null;
  }

  private void removeOldestHeartbeat() {
    for (Iterator<Sent> all = inFlight.iterator(); all.hasNext(); ) {
      if (all.next().isHeartbeat()) {
        all.remove();
        return;
      }
    }
  }

  private void discount(Sent sent) {
    if (!sent.isHeartbeat()) {
      inFlightMessages--;
      inFlightBytes -= sent.bytes;
    }
  }
}
