package io.multiraft.node.raft;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The members of a group (wire protocol, section 5.2). It takes effect when the entry that carries
 * it is committed.
 *
 * @param logIndex index of the entry that carries this configuration, 0 for the initial one
 * @param previousLogIndex {@code logIndex} of the configuration before it
 * @param asyncReplication an old peer's setting, kept as it came
 * @param userContext the application's bytes, kept as they came; without any, after the first
 *     change of the members, the highest server id that was ever used
 * @param servers the members, in the order of the entry
 */
public record ClusterConfig(
    long logIndex,
    long previousLogIndex,
    boolean asyncReplication,
    byte[] userContext,
    List<ServerConfig> servers) {
  public ClusterConfig {
    Objects.requireNonNull(userContext, "userContext");
    servers = List.copyOf(servers);
  }

  /** A group's first configuration. */
  public static ClusterConfig initial(List<ServerConfig> servers) {
    return new ClusterConfig(0, 0, false, new byte[0], servers);
  }

  /** The member with this server id. */
  public Optional<ServerConfig> server(int serverId) {
    for (ServerConfig server : servers) {
      if (server.serverId() == serverId) {
        return Optional.of(server);
      }
    }
    return Optional.empty();
  }

  /** The highest server id that any member ever had; all above it are free. */
  public int highestServerId() {
    int highest = ServerIdCounter.read(userContext);
    for (ServerConfig server : servers) {
      highest = Math.max(highest, server.serverId());
    }
    return highest;
  }

  /** With this member, in place of the one with its server id if there is one. */
  ClusterConfig withServer(ServerConfig server) {
    List<ServerConfig> changed = new ArrayList<>(servers);
    changed.removeIf(other -> other.serverId() == server.serverId());
    changed.add(server);
    changed.sort(Comparator.comparingInt(ServerConfig::serverId));
    return withServers(changed);
  }

  /** Without the member with this server id, which is never given to another. */
  ClusterConfig withoutServer(int serverId) {
    return withServers(servers.stream().filter(s -> s.serverId() != serverId).toList());
  }

  private ClusterConfig withServers(List<ServerConfig> changed) {
    return new ClusterConfig(
        logIndex,
        previousLogIndex,
        asyncReplication,
        ServerIdCounter.write(userContext, highestServerId()),
        changed);
  }

  /** The next configuration: what comes before it is this one. */
  ClusterConfig asNext(long index) {
    return new ClusterConfig(index, logIndex, asyncReplication, userContext, servers);
  }

  /** The same members, carried by the entry at {@code index}. */
  public ClusterConfig withLogIndex(long index) {
    return new ClusterConfig(index, previousLogIndex, asyncReplication, userContext, servers);
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof ClusterConfig that
            && logIndex == that.logIndex
            && previousLogIndex == that.previousLogIndex
            && asyncReplication == that.asyncReplication
            && Arrays.equals(userContext, that.userContext)
            && servers.equals(that.servers);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        logIndex, previousLogIndex, asyncReplication, Arrays.hashCode(userContext), servers);
  }
}
