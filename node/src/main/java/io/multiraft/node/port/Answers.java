package io.multiraft.node.port;

import io.multiraft.node.wire.Frame;
import io.multiraft.node.wire.FrameBatch;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.ResponseFrame;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The answers that leave on one connection: all that were given in a turn of its loop, from
 * whatever thread, with one flush, and those without a body as one frame.
 *
 * @param <S> the place of an answer
 */
final class Answers<S> implements Runnable {
  private final Channel channel;
  private final Consumer<S> take;
  private final Queue<S> given = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final List<Frame> gathered = new ArrayList<>();
  private boolean batches;

  /**
   * @param take takes what was given, on the channel's loop, and calls {@link #write} with what may
   *     leave
   */
  Answers(Channel channel, Consumer<S> take) {
    this.channel = channel;
    this.take = take;
  }

  /** The peer takes answers of many groups as one frame. */
  void peerTakesBatches() {
    batches = true;
  }

  /** An answer is there. Any thread. */
  void give(S answer) {
    given.add(answer);
    if (scheduled.compareAndSet(false, true)) {
      channel.eventLoop().execute(this);
    }
  }

  @Override
  public void run() {
    scheduled.set(false);
    for (S answer = given.poll(); answer != null; answer = given.poll()) {
      take.accept(answer);
    }
    writeGathered();
    channel.flush();
  }

  /** To be called by {@code take} only. */
  void write(ResponseFrame answer) {
    if (!batches || !FrameBatch.fits(answer)) {
      writeGathered(); // the order of a group's answers stays
      channel.write(answer, channel.voidPromise());
      return;
    }
    gathered.add(answer);
    if (gathered.size() == FrameBatch.MAX_FRAMES) {
      writeGathered();
    }
  }

  private void writeGathered() {
    if (!gathered.isEmpty()) {
      channel.write(
          SentRequests.together(MessageType.BATCH_RESPONSE, gathered), channel.voidPromise());
      gathered.clear();
    }
  }
}
