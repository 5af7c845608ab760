package io.multiraft.node.port;

import io.netty.channel.Channel;

/** Flushes a channel once for all that was written in a turn of its loop. Used on that loop. */
final class FlushOnce implements Runnable {
  private final Channel channel;
  private boolean scheduled;

  FlushOnce(Channel channel) {
    this.channel = channel;
  }

  /** To be called after each write. */
  void written() {
    if (!scheduled) {
      scheduled = true;
      channel.eventLoop().execute(this);
    }
  }

  @Override
  public void run() {
    scheduled = false;
    channel.flush();
  }
}
