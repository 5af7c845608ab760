package io.multiraft.node.port;

/**
 * Bounds of the shared port.
 *
 * @param maxConnections connections open at a time; one more is closed at once
 * @param maxUndetectedConnections of these, the ones that have not shown their protocol yet; for
 *     one more the oldest of them is closed
 * @param detectionTimeoutMillis how long a connection may take to show its protocol, with TLS and a
 *     PROXY header in front of it
 * @param maxFrameBytes the largest body of a Raft frame
 * @param maxIncompleteFrameBytes what half-received frames of all connections together may hold
 * @param maxMessageSeconds how long a frame or an HTTP request may take from its first byte to its
 *     last; frames are looked at so often, so for them it may be twice this
 * @param maxUnansweredRequests Raft requests of one connection that wait for their answer; at the
 *     bound the connection is not read until half of them are answered
 * @param maxPendingBytesPerPeer bytes that wait in front of one outgoing connection; more is
 *     refused
 */
public record PortLimits(
    int maxConnections,
    int maxUndetectedConnections,
    int detectionTimeoutMillis,
    int maxFrameBytes,
    long maxIncompleteFrameBytes,
    int maxMessageSeconds,
    int maxUnansweredRequests,
    int maxPendingBytesPerPeer) {
  /** What a node uses if nobody says otherwise. */
  public static final PortLimits DEFAULT =
      new PortLimits(
          10_000,
          1_000,
          10_000,
          64 << 20,
          Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4),
          30,
          4_096,
          32 << 20);
}
