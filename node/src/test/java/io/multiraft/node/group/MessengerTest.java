package io.multiraft.node.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.port.Responder;
import io.multiraft.node.raft.Outgoing;
import io.multiraft.node.raft.RaftMessage;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What must not be said before the disk has it is not said before. */
class MessengerTest {
  private final List<Long> answered = new ArrayList<>();
  private final IncomingRequests incoming = new IncomingRequests(1);
  // Answers need neither the core nor a connection of our own.
  private final Messenger messenger =
      new Messenger(7, 1, null, null, incoming, Runnable::run, null, System::nanoTime);

  /** A vote request arrives; the core's answer to it, recognized by its term. */
  private List<Outgoing> answerOfTerm(long term) {
    RequestFrame request =
        RequestFrame.legacy(MessageType.REQUEST_VOTE_REQUEST, 2, 1, term, 0, 0, 0, List.of());
    Responder responder =
        new Responder() {
          @Override
          public void respond(ResponseFrame response) {
            answered.add(response.term());
          }

          @Override
          public void drop() {
            throw new AssertionError("nothing is dropped here");
          }
        };
    RaftMessage.Request taken = incoming.take(request, responder).orElseThrow();
    return List.of(
        new Outgoing(2, new RaftMessage.VoteResponse(taken.correlation(), term, true, 1)));
  }

  @Test
  void anAnswerWaitsForItsReady() {
    messenger.persisting(3);
    messenger.sendWhenDurable(answerOfTerm(5));
    messenger.durable(2);
    assertThat(answered).isEmpty();
    messenger.durable(3);
    assertThat(answered).containsExactly(5L);
  }

  @Test
  void anAnswerOfALaterReadyWithoutWritesWaitsForTheOneBefore() {
    messenger.persisting(3);
    messenger.sendWhenDurable(List.of());
    messenger.sendWhenDurable(answerOfTerm(5));
    assertThat(answered).isEmpty();
    messenger.persisting(5);
    messenger.sendWhenDurable(answerOfTerm(6));
    messenger.durable(3);
    assertThat(answered).containsExactly(5L);
    messenger.durable(5);
    assertThat(answered).containsExactly(5L, 6L);
  }

  @Test
  void withNothingOnTheWayToTheDiskItLeavesAtOnce() {
    messenger.sendWhenDurable(answerOfTerm(5));
    messenger.persisting(1);
    messenger.durable(1);
    messenger.sendWhenDurable(answerOfTerm(6));
    assertThat(answered).containsExactly(5L, 6L);
  }

  @Test
  void afterStoppingNothingThatWasHeldLeaves() {
    messenger.persisting(1);
    messenger.sendWhenDurable(answerOfTerm(5));
    messenger.stop();
    messenger.durable(1);
    assertThat(answered).isEmpty();
  }
}
