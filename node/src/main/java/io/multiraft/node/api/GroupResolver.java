package io.multiraft.node.api;

import java.util.Optional;

/** Finds the groups of this node; called for each request, must be fast and thread-safe. */
public interface GroupResolver {
  Optional<GroupEndpoint> byName(String namespace, String name);

  Optional<GroupEndpoint> byId(int groupId);
}
