package io.multiraft.node.api;

import io.multiraft.node.RaftServer;
import io.multiraft.node.kv.KeyValueStateMachine;
import java.util.Objects;

/** A group as the etcd services need it: where to write and what to read. */
public record GroupEndpoint(String name, String namespace, RaftServer server) {
  public GroupEndpoint {
    Objects.requireNonNull(server, "server");
  }

  /**
   * What is read from; another object once the group had to build its state machine again, so it is
   * asked for behind the read barrier and not kept.
   */
  public KeyValueStateMachine store() {
    return (KeyValueStateMachine) server.stateMachine();
  }

  /** The name that people know the group by. */
  public String qualifiedName() {
    return name + "." + namespace;
  }
}
