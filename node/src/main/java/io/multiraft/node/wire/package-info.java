/**
 * Frames: the bytes of docs/wire-protocol.md and the records they become. Start with {@link
 * io.multiraft.node.wire.RequestFrame} and {@link io.multiraft.node.wire.ResponseFrame}; {@link
 * io.multiraft.node.wire.RaftFrameDecoder} and {@link io.multiraft.node.wire.RaftFrameEncoder}
 * stand in a Netty pipeline; what a peer does wrong is a {@link
 * io.multiraft.node.wire.FrameException}.
 *
 * <p>Knows the records of {@code raft} and Netty's buffers. Decides nothing about consensus, opens
 * no connection.
 */
package io.multiraft.node.wire;
