package io.multiraft.node.port;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The connections that have not shown their protocol yet, a bounded number. The oldest gives way:
 * whoever speaks at once gets through, however many others keep silent. Thread-safe.
 */
final class UndetectedConnections {
  private final int max;
  private final Set<Detection> oldestFirst = new LinkedHashSet<>();

  UndetectedConnections(int max) {
    this.max = max;
  }

  void add(Detection detection) {
    Detection oldest = null;
    synchronized (this) {
      oldestFirst.add(detection);
      if (oldestFirst.size() > max) {
        Iterator<Detection> each = oldestFirst.iterator();
        oldest = each.next();
        each.remove();
      }
    }
    if (oldest != null) {
      oldest.giveWay();
    }
  }

  synchronized void remove(Detection detection) {
    oldestFirst.remove(detection);
  }

  synchronized int size() {
    return oldestFirst.size();
  }
}
