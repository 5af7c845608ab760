package io.multiraft.node;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of namespaces for real processes: one for each node, joined by a bridge in one of their
 * own, and a single link to where the test runs, so that the test reaches a node whose peers do
 * not. What it makes has this process's id in its name; closing takes it all away.
 */
final class TestNetwork implements AutoCloseable {
  private static final String NOBODY = "02:00:00:00:00:ff";

  private final String prefix = "mr" + ProcessHandle.current().pid() % 100_000;
  // 198.18.0.0/15 is for tests of networks and routed nowhere (RFC 2544)
  private final String subnet = "198.18." + ProcessHandle.current().pid() % 256 + ".";
  private final int nodes;
  private final boolean canLose;

  private TestNetwork(int nodes) throws Exception {
    this.nodes = nodes;
    try {
      build();
      canLose = canLose();
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  /** Makes the network, or throws where this process may not. */
  static TestNetwork create(int nodes) throws Exception {
    return new TestNetwork(nodes);
  }

  private String hub() {
    return prefix + "hub";
  }

  private String namespace(int node) {
    return prefix + "n" + node;
  }

  String address(int node) {
    return subnet + (node + 1);
  }

  private void build() throws Exception {
    run("ip", "netns", "add", hub());
    run("ip", "-n", hub(), "link", "add", "bridge", "type", "bridge");
    run("ip", "-n", hub(), "link", "set", "bridge", "up");
    for (int node = 0; node < nodes; node++) {
      String name = namespace(node);
      run("ip", "netns", "add", name);
      run("ip", "-n", name, "link", "set", "lo", "up");
      run(
          "ip",
          "-n",
          name,
          "link",
          "add",
          "eth0",
          "type",
          "veth",
          "peer",
          "name",
          "port" + node,
          "netns",
          hub());
      run("ip", "-n", name, "address", "add", address(node) + "/24", "dev", "eth0");
      run("ip", "-n", name, "link", "set", "eth0", "up");
      plug("port" + node);
    }
    run(
        "ip",
        "link",
        "add",
        prefix + "c",
        "type",
        "veth",
        "peer",
        "name",
        "client",
        "netns",
        hub());
    run("ip", "address", "add", subnet + "254/24", "dev", prefix + "c");
    run("ip", "link", "set", prefix + "c", "up");
    plug("client");
  }

  private void plug(String device) throws Exception {
    run("ip", "-n", hub(), "link", "set", device, "master", "bridge");
    run("ip", "-n", hub(), "link", "set", device, "up");
  }

  private boolean canLose() throws Exception {
    try {
      lose(0);
      return true;
    } catch (IllegalStateException e) {
      System.err.println("SKIPPED: no loss of packets, " + e.getMessage());
      return false;
    } finally {
      heal();
    }
  }

  /** Whether {@link #lose} works here. */
  boolean mayLose() {
    return canLose;
  }

  /** What makes a command run as this node. */
  List<String> prefixOf(int node) {
    return List.of("ip", "netns", "exec", namespace(node));
  }

  /** What one node sends to another gets lost from now on, without a word to either. */
  void cut(int from, int to) throws Exception {
    run(
        "ip",
        "-n",
        namespace(from),
        "neighbour",
        "replace",
        address(to),
        "lladdr",
        NOBODY,
        "dev",
        "eth0",
        "nud",
        "permanent");
  }

  /** Three in ten of what is sent to the node get lost from now on. */
  void lose(int node) throws Exception {
    nft(node, "add", "table", "inet", "loss");
    nft(node, "add chain inet loss in { type filter hook input priority 0; }");
    nft(node, "add rule inet loss in iifname eth0 numgen random mod 10 < 3 drop");
  }

  private void nft(int node, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(prefixOf(node));
    command.add("nft");
    command.addAll(List.of(arguments));
    run(command.toArray(String[]::new));
  }

  /** Everything arrives again. */
  void heal() throws Exception {
    for (int from = 0; from < nodes; from++) {
      for (int to = 0; to < nodes; to++) {
        if (from != to) {
          tryToRun("ip", "-n", namespace(from), "neighbour", "del", address(to), "dev", "eth0");
        }
      }
      tryToRun("ip", "netns", "exec", namespace(from), "nft", "delete", "table", "inet", "loss");
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + text.strip());
    }
  }

  private static void tryToRun(String... command) throws Exception {
    try {
      run(command);
    } catch (IllegalStateException e) {
      // there was nothing to take away
    }
  }

  @Override
  public void close() {
    try {
      takeAway();
    } catch (Exception e) {
      throw new IllegalStateException("namespaces " + prefix + "* are left behind", e);
    }
  }

  private void takeAway() throws Exception {
    tryToRun("ip", "link", "del", prefix + "c");
    List<String> names = new ArrayList<>();
    for (int node = 0; node < nodes; node++) {
      names.add(namespace(node));
    }
    names.add(hub());
    for (String name : names) {
      tryToRun("ip", "netns", "del", name);
    }
  }
}
