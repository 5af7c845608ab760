package io.multiraft.node.port;

import io.netty.channel.ChannelPipeline;
import java.util.function.Consumer;

/**
 * How each detected protocol's pipeline is built. Each initializer is called on the connection's
 * event loop and adds its handlers at the end; the bytes read so far follow as the first message.
 *
 * @param raft Raft frames
 * @param http1 HTTP/1.1: admin, health, metrics
 * @param http2 HTTP/2 with prior knowledge: the etcd gRPC services
 */
public record PortProtocols(
    Consumer<ChannelPipeline> raft,
    Consumer<ChannelPipeline> http1,
    Consumer<ChannelPipeline> http2) {}
