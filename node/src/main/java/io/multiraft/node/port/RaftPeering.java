package io.multiraft.node.port;

import io.multiraft.node.port.tls.Identity;
import io.multiraft.node.port.tls.NodeTls;
import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.netty.channel.ChannelPipeline;
import java.util.Optional;

/**
 * What the Raft connections of a node share, in both directions.
 *
 * @param dispatcher routes incoming requests
 * @param ownHello what this node says of itself
 * @param admission checks what other nodes say of themselves
 * @param plaintextPeers whether frames of groups other than 0 are taken without TLS
 * @param tls of connections to peers, and then of theirs; empty: plain text
 * @param limits bounds
 * @param incomplete bounds what half-received frames hold
 * @param metrics counters
 */
public record RaftPeering(
    RaftGroupDispatcher dispatcher,
    Hello ownHello,
    PeerAdmission admission,
    boolean plaintextPeers,
    Optional<NodeTls> tls,
    PortLimits limits,
    IncompleteFrames incomplete,
    PortMetrics metrics) {

  long maxOutgoingBodyBytes() {
    return limits.maxFrameBytes();
  }

  FrameLimits frameLimits() {
    return new FrameLimits(limits.maxFrameBytes(), FrameLimits.DEFAULT.maxEntries());
  }

  /** Builds the pipeline of an incoming connection that speaks Raft, if it may. */
  public void install(ChannelPipeline pipeline) {
    Identity identity = ConnectionAttributes.identity(pipeline.channel());
    if (mayConnect(identity)) {
      RaftServerConnection.install(pipeline, this, identity);
    } else {
      metrics.refused("raft-without-certificate", pipeline.channel(), identity.toString());
      pipeline.addLast(Discard.INSTANCE);
      pipeline.channel().close();
    }
  }

  /** With TLS, frames come from nodes, or from whoever reaches the port where that was chosen. */
  private boolean mayConnect(Identity identity) {
    return identity instanceof Identity.Node
        || (identity instanceof Identity.PlainText plain && (plain.chosen() || plaintextPeers));
  }
}
