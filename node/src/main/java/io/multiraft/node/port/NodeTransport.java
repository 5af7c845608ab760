package io.multiraft.node.port;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.List;

/**
 * What a node's groups and its connections to peers run on: event loops, whose {@link
 * EventLoop#ticker()} is the node's clock, and a way to reach other nodes. {@link SocketTransport}
 * is the real one; a simulation has its own.
 */
public interface NodeTransport extends AutoCloseable {
  /** Each loop once, in a fixed order. */
  List<EventLoop> eachLoop();

  /** One of the loops, each in its turn. */
  EventLoop nextLoop();

  /**
   * Connects to a peer.
   *
   * @param loop the loop that the channel is to run on
   * @param host a name or an address
   * @param initializer builds the channel's pipeline
   * @return completes on {@code loop}, or fails with a message for people
   */
  Future<Channel> connect(EventLoop loop, String host, int port, ChannelHandler initializer);

  /** Ends the loops and what runs on them. */
  @Override
  void close();
}
