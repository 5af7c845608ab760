package io.multiraft.node.api;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps gRPC from logging each frame and each connection that breaks a rule of HTTP/2 with a stack
 * trace: strangers could fill the disk. The port counts them.
 */
final class GrpcLogs {
  // held, since what is set on a logger is lost when it is garbage collected
  private static final Logger CONNECTIONS =
      Logger.getLogger("io.grpc.netty.NettyServerTransport.connections");
  private static final Logger STREAMS = Logger.getLogger("io.grpc.netty.NettyServerHandler");

  private GrpcLogs() {}

  static void quieten() {
    CONNECTIONS.setLevel(Level.OFF);
    STREAMS.setFilter(entry -> !"Stream Error".equals(entry.getMessage()));
  }
}
