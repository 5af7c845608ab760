package io.multiraft.node.port;

import io.multiraft.node.port.PeerConnection.Outbound;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Requests in front of one connection. Those without a body, which say that somebody lives, asks
 * for a vote or agrees, do not wait behind entries (wire protocol, section 12.4). Filled from any
 * thread, emptied on the connection's loop.
 */
final class WaitingRequests {
  private final Queue<Outbound> bodiless = new ConcurrentLinkedQueue<>();
  private final Queue<Outbound> others = new ConcurrentLinkedQueue<>();
  private final AtomicLong bytes = new AtomicLong();
  private final long maxBytes;

  WaitingRequests(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Whether there was room. */
  boolean offer(Outbound outbound) {
    long more = outbound.bytes();
    if (bytes.addAndGet(more) > maxBytes) {
      bytes.addAndGet(-more);
      return false;
    }
    (outbound.request().bodyBytes() == 0 ? bodiless : others).add(outbound);
    return true;
  }

  boolean isEmpty() {
    return bodiless.isEmpty() && others.isEmpty();
  }

  /** The next one without a body, null if there is none. */
  Outbound pollBodiless() {
    return taken(bodiless.poll());
  }

  /** The next one, null if there is none; those without a body first. */
  Outbound poll() {
    Outbound first = pollBodiless();
    return first != null ? first : taken(others.poll());
  }

  private Outbound taken(Outbound outbound) {
    if (outbound != null) {
      bytes.addAndGet(-outbound.bytes());
    }
    return outbound;
  }

  /** All of them fail: they were surely not sent. */
  void fail() {
    for (Outbound outbound = poll(); outbound != null; outbound = poll()) {
      outbound.response().onFailure(true);
    }
  }
}
