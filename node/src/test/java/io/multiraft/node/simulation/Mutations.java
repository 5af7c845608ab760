package io.multiraft.node.simulation;

import java.util.List;

/** The deliberate bugs. */
final class Mutations {
  /** Few seeds find them, so that every run can try. */
  static final List<Mutation> FOUND_SOON =
      List.of(
          new Mutation(
              "what must wait for the disk leaves at once",
              "group/Messenger",
              "if (lastPersistSequence <= durableSequence) {",
              "if (lastPersistSequence <= Long.MAX_VALUE) {"),
          new Mutation(
              "a removed group can be made again",
              "group/Tombstones",
              "if (groups.contains(spec.groupId())) {",
              "if (groups.contains(spec.groupId()) && spec.groupId() < 0) {"),
          new Mutation(
              "a write of unknown outcome is proposed again",
              "group/Forwarding",
              "if (surelyNotSent) {",
              "if (surelyNotSent || !surelyNotSent) {"),
          new Mutation(
              "votes are not written",
              "log/Staged",
              "RecordCodec.putHardState(body.copied(), groupId, hardState);",
              "RecordCodec.putHardState(body.copied(), groupId, new HardState(hardState.term(),"
                  + " HardState.NO_VOTE, hardState.commitIndex()));"),
          new Mutation(
              "the log is not synced",
              "log/SegmentWriter",
              "    file.sync();\n    durableOffset = endOffset();",
              "    durableOffset = endOffset();"),
          new Mutation(
              "a read is served before its index is applied",
              "group/ReadQueue",
              "if (read.readIndex() <= appliedIndex) {",
              "if (read.readIndex() <= appliedIndex + 1_000_000) {"),
          new Mutation(
              "a member goes on with an empty disk",
              "group/GroupManager",
              "if (!named.equals(self)) {",
              "if (named.nodeId() != self.nodeId()) {"));

  /** The others. */
  static final List<Mutation> FOUND_LATER =
      List.of(
          new Mutation(
              "entries of an earlier term are committed by counting",
              "raft/Leadership",
              "if (index <= member.commitIndex() || member.log().term(index) != member.term()) {",
              "if (index <= member.commitIndex()) {"),
          new Mutation(
              "a read is confirmed by answers to older requests",
              "raft/ReadRounds",
              "batches.getFirst().firstCorrelation <= correlationAckedByQuorum) {",
              "batches.getFirst().firstCorrelation <= correlationAckedByQuorum + 1_000_000) {"),
          new Mutation(
              "boot numbers are not compared",
              "group/PeerRegister",
              "if (known != null && hello.bootNumber() < known) {",
              "if (known != null && hello.bootNumber() < 0) {"),
          new Mutation(
              "a removal is reported before it is synced",
              "group/GroupManager",
              "    log.submit(batch);\n    return buried;",
              "    log.submit(batch);\n    buried.complete(null);\n    return buried;"),
          new Mutation(
              "a candidate with a shorter log gets votes",
              "raft/Election",
              "return lastLogTerm > ownTerm\n",
              "return lastLogTerm >= 0 || lastLogTerm > ownTerm\n"),
          new Mutation(
              "a follower appends behind what does not match",
              "raft/FollowerLog",
              "return index <= log.lastIndex() && log.term(index) == term;",
              "return index <= log.lastIndex();"),
          new Mutation(
              "a follower commits what it does not have from this leader",
              "raft/FollowerLog",
              "long commitIndex = Math.min(request.commitIndex(), coveredIndex);",
              "long commitIndex = Math.min(request.commitIndex(), log.lastIndex());"),
          new Mutation(
              "a late request cuts off what was acknowledged since",
              "raft/FollowerLog",
              "boolean same = index <= log.lastIndex() && log.term(index) =="
                  + " entries.get(known).term();",
              "boolean same = false;"),
          new Mutation(
              "a vote is given twice",
              "raft/Election",
              "&& (member.votedFor() == HardState.NO_VOTE || member.votedFor() == fromServerId)",
              "&& (member.votedFor() >= HardState.NO_VOTE || member.votedFor() == fromServerId)"),
          new Mutation(
              "an unknown outcome is told as a failure",
              "group/ProposalQueue",
              ".fail(Reason.UNKNOWN_OUTCOME, \"the write was not committed in time; it still may"
                  + " be\");",
              ".fail(Reason.NOT_LEADER, \"the write was not committed in time; it still may"
                  + " be\");"),
          new Mutation(
              "a peer whose hello was lost is taken for an old one",
              "port/PeerConnection",
              "if (takenForOld) {",
              "if (takenForOld && channel == null) {"));

  private Mutations() {}
}
