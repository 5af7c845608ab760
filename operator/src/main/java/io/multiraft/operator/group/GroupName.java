package io.multiraft.operator.group;

/** Names one RaftGroup resource. */
public record GroupName(String namespace, String name) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
