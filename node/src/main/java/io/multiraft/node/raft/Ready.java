package io.multiraft.node.raft;

import java.util.List;

/**
 * What the runtime has to do after the core took its inputs. Readys are handled in the order of
 * their sequence; several may be waiting for the disk at once.
 *
 * @param sequence rises by one with each Ready of a core, from 1
 * @param hardState to be made durable with this Ready, null when it need not be written; in the log
 *     it stands behind the entries of this Ready, so that a crash between them cannot keep a commit
 *     index without the entries that it speaks of
 * @param mustPersist whether there is anything to make durable: {@code hardState}, or what was
 *     appended to the {@link RaftLog} or replaced in it since the Ready before; then {@link
 *     RaftCore#persisted} is due once all of it, and of all Readys before, is durable
 * @param messages may leave at once, before anything of this Ready is durable
 * @param durableMessages may leave only once this Ready and all before it are durable; at once if
 *     they are
 * @param installed a snapshot that has replaced the log, null if none has: the state machine must
 *     be restored from it before any entry behind it is applied, and none up to it may be
 * @param commitIndex entries up to here are committed and may be applied
 * @param snapshotsWanted server ids of followers that need a snapshot, each named once until {@link
 *     RaftCore#snapshotSent} or {@link RaftCore#snapshotFailed} is called for it or leadership ends
 * @param reads reads that have their answer
 * @param stateChanged whether role, leader or term differ from the Ready before
 */
public record Ready(
    long sequence,
    HardState hardState,
    boolean mustPersist,
    List<Outgoing> messages,
    List<Outgoing> durableMessages,
    SnapshotMeta installed,
    long commitIndex,
    List<Integer> snapshotsWanted,
    List<ReadResult> reads,
    boolean stateChanged) {
  public Ready {
    messages = List.copyOf(messages);
    durableMessages = List.copyOf(durableMessages);
    snapshotsWanted = List.copyOf(snapshotsWanted);
    reads = List.copyOf(reads);
  }
}
