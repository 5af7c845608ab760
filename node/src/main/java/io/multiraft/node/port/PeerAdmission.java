package io.multiraft.node.port;

import io.multiraft.node.wire.Hello;
import java.util.concurrent.CompletionStage;

/** Decides whether a node that says hello is who it claims to be (wire protocol, section 12.3). */
@FunctionalInterface
public interface PeerAdmission {
  /**
   * Checks a hello and remembers its boot number durably.
   *
   * @return completes when the peer may be talked to; fails with the reason otherwise
   */
  CompletionStage<Void> admit(Hello hello);
}
