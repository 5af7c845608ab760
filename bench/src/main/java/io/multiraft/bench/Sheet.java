package io.multiraft.bench;

import java.util.List;

/**
 * One piece of work that every system does.
 *
 * @param outstanding writes under way at any time, spread evenly over the groups
 * @param withPeers whether the other systems do it too
 */
record Sheet(String name, int groups, int outstanding, boolean withPeers) {
  static final List<Sheet> ALL =
      List.of(
          new Sheet("one-1", 1, 1, true),
          new Sheet("one-64", 1, 64, true),
          new Sheet("one-512", 1, 512, true),
          new Sheet("one-1024", 1, 1_024, false),
          new Sheet("hundred-512", 100, 512, true),
          new Sheet("thousand-1024", 1_000, 1_024, false));
}
