package io.multiraft.node.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.port.PeerConnection.Outbound;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.wire.Frame;
import io.multiraft.node.wire.FrameBatch;
import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What many groups say to one peer in a turn, and how it leaves. */
class ManyGroupsPortTest {
  private static final NodeRef PEER = new NodeRef(2, new UUID(0, 2));
  private static final Hello CAPABLE = Hello.of(2, PEER.incarnation(), 1, FrameLimits.DEFAULT);
  private static final Hello EARLIER =
      new Hello(1, Hello.CAPABILITY_GROUPS, 2, PEER.incarnation(), 1, 1 << 20);

  private final List<String> outcomes = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  private Outbound outbound(int groupId, MessageType type, LogEntry... entries) {
    RequestFrame request = RequestFrame.legacy(type, 1, 2, 3, 3, 42, 42, List.of(entries));
    PeerResponse response =
        new PeerResponse() {
          @Override
          public void onResponse(ResponseFrame frame) {
            outcomes.add(groupId + " answered");
          }

          @Override
          public void onFailure(boolean surelyNotSent) {
            outcomes.add(groupId + (surelyNotSent ? " not sent" : " lost"));
          }
        };
    return new Outbound(Optional.of(PEER), groupId, request, response);
  }

  private Outbound heartbeat(int groupId) {
    return outbound(groupId, MessageType.APPEND_ENTRIES_REQUEST);
  }

  private Outbound entry(int groupId, int bytes) {
    LogEntry entry = LogEntry.of(3, EntryType.APP_LOG, new byte[bytes]);
    return outbound(groupId, MessageType.APPEND_ENTRIES_REQUEST, entry);
  }

  private List<String> written() {
    channel.flush();
    List<String> all = new ArrayList<>();
    for (Frame frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
      all.add(
          frame instanceof FrameBatch batch
              ? batch.frames().stream().map(Frame::groupId).toList().toString()
              : String.valueOf(frame.groupId()));
    }
    return all;
  }

  @Test
  void whatHasNoBodyOvertakesEntries() {
    WaitingRequests waiting = new WaitingRequests(10_000);
    waiting.offer(entry(1, 100));
    waiting.offer(heartbeat(2));
    waiting.offer(entry(3, 100));
    waiting.offer(heartbeat(4));
    List<Integer> order = new ArrayList<>();
    for (Outbound next = waiting.poll(); next != null; next = waiting.poll()) {
      order.add(next.groupId());
    }
    assertThat(order).containsExactly(2, 4, 1, 3);
    assertThat(waiting.isEmpty()).isTrue();
  }

  @Test
  void whatWaitsIsBoundedAndFailsAsNotSent() {
    WaitingRequests waiting = new WaitingRequests(1_000);
    assertThat(waiting.offer(entry(1, 800))).isTrue();
    assertThat(waiting.offer(entry(2, 800))).isFalse();
    assertThat(waiting.offer(heartbeat(3))).isTrue();
    waiting.fail();
    assertThat(outcomes).containsExactly("3 not sent", "1 not sent");
    assertThat(waiting.offer(entry(4, 900))).as("the room is free again").isTrue();
  }

  @Test
  void manyGroupsLeaveInOneFrameAndEachGetsItsAnswer() {
    SentRequests sent = new SentRequests();
    for (int group = 1; group <= 3; group++) {
      sent.write(channel, CAPABLE, heartbeat(group), 0);
    }
    sent.write(channel, CAPABLE, entry(4, 10), 0);
    sent.writeGathered(channel);
    sent.write(channel, CAPABLE, heartbeat(5), 0);
    sent.writeGathered(channel);
    sent.writeGathered(channel);
    assertThat(written()).containsExactly("4", "[1, 2, 3]", "5");
    RequestFrame second = heartbeat(2).request().extended(2, 2);
    sent.answered(ResponseFrame.to(second, 2, 3, 43, true));
    sent.answered(ResponseFrame.to(second, 2, 3, 43, true));
    assertThat(outcomes).as("once").containsExactly("2 answered");
    sent.fail();
    assertThat(outcomes).containsExactly("2 answered", "1 lost", "3 lost", "4 lost", "5 lost");
  }

  @Test
  void noFrameHoldsMoreThanTheLimit() {
    SentRequests sent = new SentRequests();
    for (int group = 1; group <= FrameBatch.MAX_FRAMES + 2; group++) {
      sent.write(channel, CAPABLE, heartbeat(group), 0);
    }
    sent.writeGathered(channel);
    channel.flush();
    assertThat(((FrameBatch) channel.readOutbound()).frames()).hasSize(FrameBatch.MAX_FRAMES);
    assertThat(((FrameBatch) channel.readOutbound()).frames()).hasSize(2);
  }

  @Test
  void peersGetOnlyWhatTheyUnderstand() {
    SentRequests sent = new SentRequests();
    sent.write(channel, EARLIER, heartbeat(1), 0);
    sent.write(channel, EARLIER, heartbeat(2), 0);
    sent.write(channel, EARLIER, outbound(3, MessageType.QUIESCE_REQUEST), 0);
    sent.write(channel, EARLIER, outbound(4, MessageType.NODE_HEARTBEAT_REQUEST), 0);
    sent.writeGathered(channel);
    assertThat(written()).containsExactly("1", "2");
    assertThat(outcomes).containsExactly("3 not sent", "4 not sent");
    outcomes.clear();
    sent.write(channel, null, heartbeat(0), 0);
    sent.write(channel, null, outbound(0, MessageType.READ_INDEX_REQUEST), 0);
    channel.flush();
    RequestFrame old = channel.readOutbound();
    channel.flush();
    assertThat(old.isExtended()).isFalse();
    assertThat(outcomes).containsExactly("0 not sent");
  }

  private ResponseFrame answer(int groupId) {
    return ResponseFrame.to(
        heartbeat(groupId).request().extended(groupId, groupId), 2, 3, 43, true);
  }

  @Test
  void answersOfATurnLeaveAsOneFrame() {
    List<ResponseFrame> taken = new ArrayList<>();
    Answers<ResponseFrame> answers = newAnswers(taken);
    answers.peerTakesBatches();
    answers.give(answer(1));
    answers.give(answer(2));
    answers.give(
        ResponseFrame.refusal(heartbeat(3).request().extended(3, 3), ResultCode.UNKNOWN_GROUP));
    answers.give(answer(4));
    assertThat(taken).as("not before the turn").isEmpty();
    channel.runPendingTasks();
    assertThat(taken).hasSize(4);
    assertThat(written()).containsExactly("[1, 2]", "3", "4");
  }

  @Test
  void answersToAPeerThatTakesNoBatchesLeaveOneByOne() {
    Answers<ResponseFrame> answers = newAnswers(new ArrayList<>());
    answers.give(answer(1));
    answers.give(answer(2));
    channel.runPendingTasks();
    assertThat(written()).containsExactly("1", "2");
  }

  private Answers<ResponseFrame> newAnswers(List<ResponseFrame> taken) {
    AtomicReference<Answers<ResponseFrame>> answers = new AtomicReference<>();
    answers.set(
        new Answers<>(
            channel,
            frame -> {
              taken.add(frame);
              answers.get().write(frame);
            }));
    return answers.get();
  }
}
