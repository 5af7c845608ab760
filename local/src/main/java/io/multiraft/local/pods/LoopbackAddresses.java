package io.multiraft.local.pods;

import io.multiraft.local.control.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Gives each pod an address of its own on loopback. Where the system has only 127.0.0.1, or
 * somebody listens on the pod's port on all addresses, the pod gets 127.0.0.1 and another port.
 * What was given to a name is kept in a file for later pods of that name and later runs, because
 * nodes know each other by name and port. Thread-safe.
 */
final class LoopbackAddresses {
  private static final int MAX_ALIASES = 254;

  private final Path file;
  private final String prefix;
  private final Predicate<InetSocketAddress> isFree;
  private final Map<String, PodAddress> byPod = new TreeMap<>();

  LoopbackAddresses(Path file) throws IOException {
    this(file, "127.0.77.", FreePorts::isFree);
  }

  LoopbackAddresses(Path file, String prefix, Predicate<InetSocketAddress> isFree)
      throws IOException {
    this.file = file;
    this.prefix = prefix;
    this.isFree = isFree;
    read();
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
    write();
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

  private void read() throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    for (String line : Files.readAllLines(file)) {
      String[] fields = line.split(" ");
      byPod.put(
          fields[0],
          new PodAddress(fields[1], Integer.parseInt(fields[2]), Integer.parseInt(fields[3])));
    }
  }

  private void write() throws IOException {
    List<String> lines = new ArrayList<>();
    byPod.forEach(
        (pod, address) ->
            lines.add(
                "%s %s %d %d"
                    .formatted(pod, address.host(), address.containerPort(), address.port())));
    Files.createDirectories(file.getParent());
    Files.write(file, lines);
  }
}
