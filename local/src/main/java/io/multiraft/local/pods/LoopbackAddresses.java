package io.multiraft.local.pods;

import io.multiraft.local.control.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Gives each pod an address of its own on loopback. Where the system has only 127.0.0.1, or
 * somebody listens on the pod's port on all addresses, the pod gets 127.0.0.1 and another port.
 * Thread-safe.
 */
final class LoopbackAddresses {
  private static final int MAX_ALIASES = 254;

  private final String prefix;
  private final Predicate<InetSocketAddress> isFree;
  private final Map<String, PodAddress> byPod = new HashMap<>();

  LoopbackAddresses() {
    this("127.0.77.", FreePorts::isFree);
  }

  LoopbackAddresses(String prefix, Predicate<InetSocketAddress> isFree) {
    this.prefix = prefix;
    this.isFree = isFree;
  }

  /**
   * The address of a pod; the same for the same name as long as nobody else has taken it meanwhile.
   */
  synchronized PodAddress assign(String pod, int containerPort) throws IOException {
    PodAddress former = byPod.get(pod);
    if (former != null
        && former.containerPort() == containerPort
        && isFree.test(former.socketAddress())) {
      return former;
    }
    byPod.remove(pod);
    PodAddress found = find(containerPort);
    byPod.put(pod, found);
    return found;
  }

  private PodAddress find(int containerPort) throws IOException {
    Set<String> taken = new HashSet<>();
    byPod.values().forEach(address -> taken.add(address.host()));
    for (int i = 1; i <= MAX_ALIASES; i++) {
      String host = prefix + i;
      if (!taken.contains(host) && isFree.test(new InetSocketAddress(host, containerPort))) {
        return new PodAddress(host, containerPort, containerPort);
      }
    }
    return new PodAddress("127.0.0.1", containerPort, FreePorts.find(1).get(0));
  }

  /** The pod is gone for good. */
  synchronized void release(String pod) {
    byPod.remove(pod);
  }
}
