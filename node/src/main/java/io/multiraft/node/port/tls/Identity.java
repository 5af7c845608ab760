package io.multiraft.node.port.tls;

import java.util.Optional;

/**
 * Who is at the other end of a connection, and with it what the connection may do at most. Probes
 * answer everybody.
 */
public sealed interface Identity {
  /** Whether it may ask for what concerns the whole node, given the cluster's token or a role. */
  default boolean mayManage() {
    return false;
  }

  /** Whether it is the cluster's administrator, with or without the token. */
  default boolean isAdmin() {
    return false;
  }

  /** Why its requests to groups are refused, as a sentence for its user; empty: they are taken. */
  default Optional<String> whyNoClient() {
    return Optional.empty();
  }

  /** {@code <group>.<namespace>}, the only group that it may name; empty: any. */
  default Optional<String> onlyGroup() {
    return Optional.empty();
  }

  /** Another node of the cluster. */
  record Node(int nodeId) implements Identity {
    @Override
    public boolean mayManage() {
      return true;
    }

    @Override
    public Optional<String> whyNoClient() {
      return Optional.of("a node's certificate is for frames between nodes, not for clients");
    }
  }

  /** The operator, or a person in its place. */
  record Admin() implements Identity {
    @Override
    public boolean mayManage() {
      return true;
    }

    @Override
    public boolean isAdmin() {
      return true;
    }
  }

  /** A client of every group. */
  record ClusterClient() implements Identity {
    @Override
    public boolean mayManage() {
      return true;
    }
  }

  /** A client of one group. */
  record GroupClient(String namespace, String name) implements Identity {
    @Override
    public Optional<String> onlyGroup() {
      return Optional.of(name + "." + namespace);
    }
  }

  /** TLS without a certificate, or with one that has no role in this cluster. */
  record Stranger(String why) implements Identity {
    @Override
    public Optional<String> whyNoClient() {
      return Optional.of(why);
    }
  }

  /**
   * No TLS, so nobody can be told apart.
   *
   * @param chosen whether the node has no TLS; where it has, plain text is a stranger
   */
  record PlainText(boolean chosen) implements Identity {
    @Override
    public boolean mayManage() {
      return chosen;
    }

    @Override
    public Optional<String> whyNoClient() {
      return chosen
          ? Optional.empty()
          : Optional.of("this node takes requests over TLS only, with a client certificate");
    }
  }
}
