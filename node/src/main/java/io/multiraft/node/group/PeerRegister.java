package io.multiraft.node.group;

import io.multiraft.node.log.Batch;
import io.multiraft.node.log.MetaRecord.PeerSeen;
import io.multiraft.node.log.NodeLog;
import io.multiraft.node.port.PeerAdmission;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.wire.Hello;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.ObjLongConsumer;

/**
 * Remembers the highest boot number that each peer has shown, and refuses a lower one: its disk was
 * restored from an old copy, and with it votes and acknowledgements would be forgotten (wire
 * protocol, section 12.3). Thread-safe.
 */
final class PeerRegister implements PeerAdmission {
  private final NodeRef self;
  private final NodeLog log;
  private final Executor executor;
  private final Map<NodeRef, Long> highestBoot = new HashMap<>();
  private volatile ObjLongConsumer<NodeRef> listener = (peer, boot) -> {};

  PeerRegister(NodeRef self, NodeLog log, Collection<PeerSeen> known, Executor executor) {
    this.self = self;
    this.log = log;
    this.executor = executor;
    known.forEach(
        peer -> highestBoot.put(new NodeRef(peer.nodeId(), peer.incarnation()), peer.bootNumber()));
  }

  /** Also tells this one of each boot number that is new. */
  void addListener(ObjLongConsumer<NodeRef> told) {
    listener = told;
  }

  @Override
  public CompletionStage<Void> admit(Hello hello) {
    NodeRef peer = new NodeRef(hello.nodeId(), hello.incarnation());
    if (peer.nodeId() == self.nodeId() && !peer.equals(self)) {
      return refused("node id " + peer.nodeId() + " is this node's own, with another incarnation");
    }
    CompletableFuture<Void> durable = new CompletableFuture<>();
    synchronized (this) {
      Long known = highestBoot.get(peer);
      if (known != null && hello.bootNumber() < known) {
        return refused(
            "node %d shows boot number %d, but %d was seen: its disk is an old copy"
                .formatted(peer.nodeId(), hello.bootNumber(), known));
      }
      if (known != null && known == hello.bootNumber()) {
        // An earlier hello of this boot may still be on its way to the disk; the log is in order,
        // and a crash before it is durable takes everything with it that was built on it.
        return CompletableFuture.completedFuture(null);
      }
      highestBoot.put(peer, hello.bootNumber());
    }
    listener.accept(peer, hello.bootNumber());
    log.submit(
        new Batch(executor)
            .add(new PeerSeen(hello.nodeId(), hello.incarnation(), hello.bootNumber()))
            .onDurable(() -> durable.complete(null)));
    return durable;
  }

  private static CompletionStage<Void> refused(String why) {
    return CompletableFuture.failedFuture(new IllegalStateException(why));
  }
}
