package io.multiraft.node;

import java.util.Optional;

/** The version of this build. */
public final class NodeVersion {
  /** From the jar's manifest; {@code development} when run from classes. */
  public static final String CURRENT =
      Optional.ofNullable(NodeVersion.class.getPackage().getImplementationVersion())
          .orElse("development");

  private NodeVersion() {}
}
