package io.multiraft.node.api;

import io.multiraft.node.RaftServer;
import io.multiraft.node.kv.KeyValueStateMachine;
import java.util.Objects;

/** A group as the etcd services need it: where to write and what to read. */
public record GroupEndpoint(
    String name, String namespace, RaftServer server, KeyValueStateMachine store) {
  public GroupEndpoint {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(store, "store");
  }

  /** The name that people know the group by. */
  public String qualifiedName() {
    return name + "." + namespace;
  }
}
