package io.multiraft.operator.observe;

/** Names one RaftCluster resource. */
public record ClusterKey(String namespace, String name) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
