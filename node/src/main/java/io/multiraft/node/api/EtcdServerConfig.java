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
 * @param electionTimeoutMillis of the groups: leases are extended by it when there is a new leader,
 *     and calls that need a leader end after three of them without one
 * @param progressMillis how often a quiet watch that asked for it hears how far it is; etcd's is 10
 *     minutes
 */
public record EtcdServerConfig(
    String clusterNamespace,
    long requestTimeoutMillis,
    int maxConcurrentCallsPerConnection,
    int maxInboundMessageBytes,
    int workerThreads,
    int innerLoopThreads,
    long electionTimeoutMillis,
    long progressMillis) {
  private static final int GRPC_OVERHEAD_BYTES = 512 * 1024;

  public EtcdServerConfig {
    Objects.requireNonNull(clusterNamespace, "clusterNamespace");
    if (electionTimeoutMillis <= 0 || progressMillis <= 0) {
      throw new IllegalArgumentException("times are positive");
    }
    if (requestTimeoutMillis <= 0 || workerThreads <= 0 || innerLoopThreads <= 0) {
      throw new IllegalArgumentException("timeouts and thread counts are positive");
    }
  }

  /** etcd's own bounds, and as many threads as there are processors. */
  public static EtcdServerConfig defaults(String clusterNamespace, long electionTimeoutMillis) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new EtcdServerConfig(
        clusterNamespace,
        7_000,
        1_024,
        KvRequests.MAX_REQUEST_BYTES + GRPC_OVERHEAD_BYTES,
        Math.max(2, processors),
        Math.max(1, processors / 2),
        electionTimeoutMillis,
        600_000);
  }
}
