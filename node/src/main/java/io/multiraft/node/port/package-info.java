/**
 * The shared port: one listener for every protocol and every group, and one outgoing connection for
 * each peer node. {@code SharedPort} accepts, {@code ProtocolDetector} looks at the first bytes,
 * {@code RaftGroupDispatcher} routes frames by group id, {@code PeerConnections} sends them. What a
 * frame means to a group is not known here.
 */
package io.multiraft.node.port;
