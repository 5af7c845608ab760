package io.multiraft.node.api;

import io.multiraft.node.kv.KvRequests;
import java.util.Objects;

/**
 * Bounds of the etcd services.
 *
 * @param clusterNamespace where a group named without a namespace is looked up
 * @param requestTimeoutMillis how long a call waits for the group; etcd's is 5 s and two election
 *     timeouts
 * @param maxConcurrentCallsPerConnection streams of one connection at a time
 * @param maxInboundMessageBytes of one request; beyond the limit for a command by what gRPC adds
 * @param workerThreads that answer requests
 * @param innerLoopThreads event loops between the port and gRPC
 */
public record EtcdServerConfig(
    String clusterNamespace,
    long requestTimeoutMillis,
    int maxConcurrentCallsPerConnection,
    int maxInboundMessageBytes,
    int workerThreads,
    int innerLoopThreads) {
  private static final int GRPC_OVERHEAD_BYTES = 512 * 1024;

  public EtcdServerConfig {
    Objects.requireNonNull(clusterNamespace, "clusterNamespace");
    if (requestTimeoutMillis <= 0 || workerThreads <= 0 || innerLoopThreads <= 0) {
      throw new IllegalArgumentException("timeouts and thread counts are positive");
    }
  }

  /** etcd's own bounds, and as many threads as there are processors. */
  public static EtcdServerConfig defaults(String clusterNamespace) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new EtcdServerConfig(
        clusterNamespace,
        7_000,
        1_024,
        KvRequests.MAX_REQUEST_BYTES + GRPC_OVERHEAD_BYTES,
        Math.max(2, processors),
        Math.max(1, processors / 2));
  }
}
