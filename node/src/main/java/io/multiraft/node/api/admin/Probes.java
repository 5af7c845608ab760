package io.multiraft.node.api.admin;

import java.util.Optional;

/** What the probes and the metrics page show; any thread. */
public interface Probes {
  /** Why the node should be restarted; empty while it lives. Looks at loops and disk only. */
  Optional<String> whyNotAlive();

  /** Why clients should not be sent here; empty when ready. Never looks at quorum. */
  Optional<String> whyNotReady();

  /** All metrics in Prometheus' text format. */
  String metrics();
}
