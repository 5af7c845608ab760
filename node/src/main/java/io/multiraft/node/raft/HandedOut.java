package io.multiraft.node.raft;

/** What the last {@link Ready} said; the next one is the difference to it. */
final class HandedOut {
  private final Member member;
  private HardState hardState;
  private long commitIndex;
  private Role role;
  private int leaderServerId;
  private long term;
  private long sequence;

  /**
   * Before the first Ready.
   *
   * @param hardState what the disk holds
   */
  HandedOut(Member member, HardState hardState) {
    this.member = member;
    this.hardState = hardState;
    rememberState();
  }

  /** Whether anything has changed since, or waits to be sent. */
  boolean hasNews() {
    return member.hasAppended()
        || !member.outbox().isEmpty()
        || termOrVoteChanged()
        || member.commitIndex() != commitIndex
        || stateChanged();
  }

  /** The next Ready. */
  Ready next() {
    boolean stateChanged = stateChanged();
    boolean appended = member.takeAppended();
    // The commit index is never older on disk than a configuration that follows it there, so that
    // the configuration in force is known after a restart up to one change.
    boolean writeHardState =
        termOrVoteChanged() || (appended && hardState.commitIndex() != member.commitIndex());
    if (writeHardState) {
      hardState = new HardState(member.term(), member.votedFor(), member.commitIndex());
    }
    sequence++;
    member
        .durability()
        .handedOut(
            sequence,
            writeHardState || appended,
            member.log().lastIndex(),
            member.term(),
            member.votedFor());
    commitIndex = member.commitIndex();
    rememberState();
    return new Ready(
        sequence,
        writeHardState ? hardState : null,
        writeHardState || appended,
        member.outbox().takeMessages(),
        member.outbox().takeDurableMessages(),
        member.takeInstalled(),
        commitIndex,
        member.outbox().takeSnapshotsWanted(),
        member.outbox().takeReads(),
        stateChanged);
  }

  private boolean termOrVoteChanged() {
    return hardState.term() != member.term() || hardState.votedFor() != member.votedFor();
  }

  private boolean stateChanged() {
    return role != member.role()
        || leaderServerId != member.leaderServerId()
        || term != member.term();
  }

  private void rememberState() {
    role = member.role();
    leaderServerId = member.leaderServerId();
    term = member.term();
  }
}
