package io.multiraft.local.binaries;

/** A program of the control plane. */
public enum Program {
  /** Keeps the objects. */
  ETCD("etcd"),
  /** The API. */
  KUBE_API_SERVER("kube-apiserver"),
  /** StatefulSets, claims, garbage collection. */
  KUBE_CONTROLLER_MANAGER("kube-controller-manager");

  private final String fileName;

  Program(String fileName) {
    this.fileName = fileName;
  }

  /** Its name as a file and as a command. */
  public String fileName() {
    return fileName;
  }
}
