package io.multiraft.node.port;

import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.netty.channel.ChannelPipeline;

/**
 * What the Raft connections of a node share, in both directions.
 *
 * @param dispatcher routes incoming requests
 * @param ownHello what this node says of itself
 * @param admission checks what other nodes say of themselves
 * @param plaintextPeers whether frames of groups other than 0 are taken without TLS
 * @param limits bounds
 * @param metrics counters
 */
public record RaftPeering(
    RaftGroupDispatcher dispatcher,
    Hello ownHello,
    PeerAdmission admission,
    boolean plaintextPeers,
    PortLimits limits,
    PortMetrics metrics) {

  long maxOutgoingBodyBytes() {
    return limits.maxFrameBytes();
  }

  FrameLimits frameLimits() {
    return new FrameLimits(limits.maxFrameBytes(), FrameLimits.DEFAULT.maxEntries());
  }

  /** Builds the pipeline of an incoming connection that speaks Raft. */
  public void install(ChannelPipeline pipeline) {
    RaftServerConnection.install(pipeline, this);
  }
}
