package io.multiraft.node.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RaftGroupDispatcherTest {
  private static final RaftCaller CALLER = new RaftCaller(Optional.empty(), "test");

  private final RaftGroupDispatcher dispatcher =
      new RaftGroupDispatcher(
          groupId -> groupId == 9 ? ResultCode.REMOVED_GROUP : ResultCode.UNKNOWN_GROUP,
          System::nanoTime);
  private final List<ResponseFrame> answers = new ArrayList<>();
  private final Responder responder =
      new Responder() {
        @Override
        public void respond(ResponseFrame response) {
          answers.add(response);
        }

        @Override
        public void drop() {
          throw new AssertionError("nothing is dropped here");
        }
      };

  private static RequestFrame vote(int groupId) {
    return RequestFrame.legacy(MessageType.REQUEST_VOTE_REQUEST, 2, 1, 5, 4, 10, 9, List.of())
        .extended(groupId, 77);
  }

  @Test
  void routesByGroupId() {
    List<Integer> seen = new ArrayList<>();
    dispatcher.register(1, (request, caller, to) -> seen.add(request.groupId()));
    dispatcher.register(2, (request, caller, to) -> seen.add(-request.groupId()));
    dispatcher.dispatch(vote(2), CALLER, responder);
    dispatcher.dispatch(vote(1), CALLER, responder);
    assertThat(seen).containsExactly(-2, 1);
    assertThat(answers).isEmpty();
  }

  @Test
  void anUnknownGroupIsAnsweredInTheFormOfItsRequest() {
    dispatcher.dispatch(vote(3), CALLER, responder);
    dispatcher.dispatch(vote(9), CALLER, responder);
    assertThat(answers)
        .extracting(ResponseFrame::resultCode)
        .containsExactly(ResultCode.UNKNOWN_GROUP, ResultCode.REMOVED_GROUP);
    ResponseFrame answer = answers.get(0);
    assertThat(answer.type()).isEqualTo(MessageType.REQUEST_VOTE_RESPONSE);
    assertThat(answer.sourceId()).isEqualTo(1);
    assertThat(answer.destinationId()).isEqualTo(2);
    assertThat(answer.term()).isEqualTo(5);
    assertThat(answer.accepted()).isFalse();
    assertThat(answer.nextIndex()).isZero();
    assertThat(answer.groupId()).isEqualTo(3);
    assertThat(answer.requestId()).isEqualTo(77);
  }

  @Test
  void aGroupIdIsRegisteredOnce() {
    dispatcher.register(1, (request, caller, to) -> {});
    assertThatThrownBy(() -> dispatcher.register(1, (request, caller, to) -> {}))
        .isInstanceOf(IllegalStateException.class);
    assertThat(dispatcher.deregister(1)).isTrue();
    assertThat(dispatcher.deregister(1)).isFalse();
    dispatcher.register(1, (request, caller, to) -> {});
  }

  @Test
  void remembersWhenAGroupWasLastActive() {
    assertThat(dispatcher.lastActivity(1)).isEmpty();
    dispatcher.register(1, (request, caller, to) -> {});
    long before = dispatcher.lastActivity(1).orElseThrow();
    dispatcher.dispatch(vote(1), CALLER, responder);
    assertThat(dispatcher.lastActivity(1).orElseThrow() - before).isNotNegative();
  }

  @Test
  void tenThreadsRegisterAHundredGroupsWhileOthersDispatch() throws Exception {
    AtomicInteger handled = new AtomicInteger();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int thread = 0; thread < 10; thread++) {
      int first = thread * 10;
      threads.add(
          new Thread(
              () -> {
                try {
                  start.await();
                  for (int id = first; id < first + 10; id++) {
                    dispatcher.register(id, (request, caller, to) -> handled.incrementAndGet());
                    dispatcher.dispatch(vote(id), CALLER, responder);
                  }
                } catch (Throwable t) {
                  failures.add(t);
                }
              }));
    }
    threads.forEach(Thread::start);
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    assertThat(handled).hasValue(100);
    assertThat(answers).isEmpty();
  }
}
