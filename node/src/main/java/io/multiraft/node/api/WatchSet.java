package io.multiraft.node.api;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KeyValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The watches of a stream that have seen the same history, found by the keys that change. */
final class WatchSet {
  private final Map<ByteString, Set<Watch>> bySingleKey = new HashMap<>();
  private final Set<Watch> byRange = new LinkedHashSet<>();

  void add(Watch watch) {
    if (watch.singleKey.isPresent()) {
      bySingleKey
          .computeIfAbsent(watch.singleKey.get(), ignored -> new LinkedHashSet<>())
          .add(watch);
    } else {
      byRange.add(watch);
    }
  }

  void remove(Watch watch) {
    byRange.remove(watch);
    watch.singleKey.ifPresent(
        key ->
            bySingleKey.computeIfPresent(
                key, (k, same) -> same.remove(watch) && same.isEmpty() ? null : same));
  }

  /**
   * Which watches want which changes. Takes whole revisions until so many matches are found.
   *
   * @return the revision up to which changes were looked at, or {@code upTo}
   */
  long match(
      List<KeyValue> changes, long upTo, int maxMatches, Map<Watch, List<KeyValue>> matches) {
    int found = 0;
    long revision = 0;
    for (KeyValue change : changes) {
      if (change.getModRevision() != revision && found >= maxMatches) {
        return revision;
      }
      revision = change.getModRevision();
      found += match(bySingleKey.getOrDefault(change.getKey(), Set.of()), change, matches);
      found += match(byRange, change, matches);
    }
    return upTo;
  }

  private static int match(
      Collection<Watch> watches, KeyValue change, Map<Watch, List<KeyValue>> matches) {
    int found = 0;
    for (Watch watch : watches) {
      if (watch.wants(change)) {
        matches.computeIfAbsent(watch, ignored -> new ArrayList<>()).add(change);
        found++;
      }
    }
    return found;
  }

  static Map<Watch, List<KeyValue>> newMatches() {
    return new LinkedHashMap<>();
  }
}
