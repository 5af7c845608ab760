package io.multiraft.node.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.RaftException;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What a writer is told must be true whatever happens to leadership. */
class ProposalQueueTest {
  private static final byte[] RESULT = {1};
  private final ProposalQueue queue = new ProposalQueue();

  private static PendingProposal proposal(long deadlineNanos) {
    return new PendingProposal(
        LogEntry.of(0, EntryType.APP_LOG, new byte[1]),
        deadlineNanos,
        true,
        new CompletableFuture<>());
  }

  private static Reason reason(PendingProposal proposal) {
    try {
      proposal.result().join();
      throw new AssertionError("completed");
    } catch (CompletionException e) {
      return ((RaftException) e.getCause()).reason();
    }
  }

  @Test
  void theEntryOfTheSameTermAnswers() {
    PendingProposal a = proposal(100);
    PendingProposal b = proposal(100);
    queue.appended(List.of(a, b), 5, 2);
    queue.applied(5, 2, RESULT);
    assertThat(a.result()).isCompletedWithValue(RESULT);
    assertThat(b.result()).isNotDone();
    queue.applied(6, 2, RESULT);
    assertThat(b.result()).isCompletedWithValue(RESULT);
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void anEntryOfAnotherTermInItsPlaceMeansSurelyNotWritten() {
    PendingProposal a = proposal(100);
    queue.appended(List.of(a), 5, 2);
    queue.applied(5, 3, RESULT);
    assertThat(reason(a)).isEqualTo(Reason.NOT_LEADER);
  }

  @Test
  void aConfigurationInItsPlaceMeansSurelyNotWritten() {
    PendingProposal a = proposal(100);
    queue.appended(List.of(a), 5, 2);
    queue.appliedUpTo(5);
    assertThat(reason(a)).isEqualTo(Reason.NOT_LEADER);
  }

  @Test
  void anEntryThatWasCutOffButMayLiveElsewhereIsUnknown() {
    PendingProposal old = proposal(100);
    PendingProposal next = proposal(100);
    queue.appended(List.of(old), 5, 2);
    queue.appended(List.of(next), 5, 4);
    assertThat(reason(old)).isEqualTo(Reason.UNKNOWN_OUTCOME);
    queue.applied(5, 4, RESULT);
    assertThat(next.result()).isCompletedWithValue(RESULT);
  }

  @Test
  void timeEndsWhatIsInTheLogAsUnknownAndWhatIsNotAsNotWritten() {
    PendingProposal inLog = proposal(100);
    PendingProposal outside = proposal(100);
    queue.appended(List.of(inLog), 5, 2);
    queue.waitForLeader(outside);
    assertThat(queue.expire(100)).isTrue();
    assertThat(queue.expire(101)).isFalse();
    assertThat(reason(inLog)).isEqualTo(Reason.UNKNOWN_OUTCOME);
    assertThat(reason(outside)).isEqualTo(Reason.NO_LEADER);
  }

  @Test
  void stoppingTellsTheDifferenceToo() {
    PendingProposal inLog = proposal(100);
    PendingProposal outside = proposal(100);
    queue.appended(List.of(inLog), 5, 2);
    queue.gather(outside);
    queue.stop("test");
    assertThat(reason(inLog)).isEqualTo(Reason.UNKNOWN_OUTCOME);
    assertThat(reason(outside)).isEqualTo(Reason.STOPPED);
  }
}
