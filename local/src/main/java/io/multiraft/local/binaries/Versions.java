package io.multiraft.local.binaries;

/** The versions that are downloaded or built; {@code local/kube/go.mod} names the same. */
final class Versions {
  static final String KUBERNETES = "1.36.3";

  /** The one that this Kubernetes depends on. */
  static final String ETCD = "3.6.8";

  private Versions() {}
}
