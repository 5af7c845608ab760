package io.multiraft.node.raft;

import java.util.ArrayList;
import java.util.List;

/** What waits for the next {@link Ready}, and the correlations of requests. */
final class Outbox {
  private List<Outgoing> messages = new ArrayList<>();
  private List<Outgoing> durableMessages = new ArrayList<>();
  private List<ReadResult> reads = new ArrayList<>();
  private List<Integer> snapshotsWanted = new ArrayList<>();
  private long nextCorrelation;

  /**
   * Starts an empty outbox.
   *
   * @param firstCorrelation drawn at random, so that an answer to a request of an earlier life of
   *     this member is not taken for one of this life
   */
  Outbox(long firstCorrelation) {
    nextCorrelation = firstCorrelation;
  }

  /** A correlation for a request. */
  long takeCorrelation() {
    return nextCorrelation++;
  }

  /** The correlation that the next request will have; all requests sent before have lower ones. */
  long nextCorrelation() {
    return nextCorrelation;
  }

  void sendNow(int toServerId, RaftMessage message) {
    messages.add(new Outgoing(toServerId, message));
  }

  void sendWhenDurable(int toServerId, RaftMessage message) {
    durableMessages.add(new Outgoing(toServerId, message));
  }

  void answerRead(ReadResult result) {
    reads.add(result);
  }

  void wantSnapshot(int serverId) {
    snapshotsWanted.add(serverId);
  }

  boolean isEmpty() {
    return messages.isEmpty()
        && durableMessages.isEmpty()
        && reads.isEmpty()
        && snapshotsWanted.isEmpty();
  }

  List<Outgoing> takeMessages() {
    List<Outgoing> taken = messages;
    messages = new ArrayList<>();
    return taken;
  }

  List<Outgoing> takeDurableMessages() {
    List<Outgoing> taken = durableMessages;
    durableMessages = new ArrayList<>();
    return taken;
  }

  List<ReadResult> takeReads() {
    List<ReadResult> taken = reads;
    reads = new ArrayList<>();
    return taken;
  }

  List<Integer> takeSnapshotsWanted() {
    List<Integer> taken = snapshotsWanted;
    snapshotsWanted = new ArrayList<>();
    return taken;
  }
}
