package io.multiraft.local.pods;

import java.net.InetSocketAddress;

/**
 * Where a pod's process listens.
 *
 * @param containerPort the port in the pod's spec
 * @param port the port in fact: the same, unless loopback has no address on which it is free
 */
public record PodAddress(String host, int containerPort, int port) {
  /** For connecting. */
  public InetSocketAddress socketAddress() {
    return new InetSocketAddress(host, port);
  }
}
