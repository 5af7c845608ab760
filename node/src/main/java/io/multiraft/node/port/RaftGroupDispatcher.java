package io.multiraft.node.port;

import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * Routes Raft requests to groups by their id. Thread-safe; routing takes no lock. A request for a
 * group that is not here is answered with the reason (wire protocol, section 12.2).
 */
public final class RaftGroupDispatcher {
  /** Takes the requests of one group, on the thread of the connection; must not block. */
  @FunctionalInterface
  public interface Handler {
    /** Handles a request; the responder is used exactly once, now or later. */
    void onRequest(RequestFrame request, RaftCaller caller, Responder responder);
  }

  private static final class Registration {
    final Handler handler;
    volatile long lastActivityNanos;

    Registration(Handler handler, long nowNanos) {
      this.handler = handler;
      this.lastActivityNanos = nowNanos;
    }
  }

  private final Map<Integer, Registration> groups = new ConcurrentHashMap<>();
  private final IntFunction<ResultCode> absence;
  private volatile Handler node = (request, caller, responder) -> responder.drop();
  private final LongSupplier nanoTime;

  /**
   * An empty dispatcher.
   *
   * @param absence why a group is not here: unknown or removed
   * @param nanoTime the clock that activity is noted by
   */
  public RaftGroupDispatcher(IntFunction<ResultCode> absence, LongSupplier nanoTime) {
    this.absence = absence;
    this.nanoTime = nanoTime;
  }

  /**
   * Begins to route a group's requests.
   *
   * @throws IllegalStateException if the group id is taken
   */
  public void register(int groupId, Handler handler) {
    if (groups.putIfAbsent(groupId, new Registration(handler, nanoTime.getAsLong())) != null) {
      throw new IllegalStateException("group " + groupId + " is registered already");
    }
  }

  /** Stops routing a group's requests; whether it was registered. */
  public boolean deregister(int groupId) {
    return groups.remove(groupId) != null;
  }

  /** From now on this handler gets what nodes say to each other about no group. */
  public void registerNode(Handler handler) {
    node = handler;
  }

  /** Whether a group is registered. */
  public boolean contains(int groupId) {
    return groups.containsKey(groupId);
  }

  /** Hands a request to its group, or answers that the group is not here. */
  public void dispatch(RequestFrame request, RaftCaller caller, Responder responder) {
    if (request.type().isOfNode()) {
      node.onRequest(request, caller, responder);
      return;
    }
    Registration registration = groups.get(request.groupId());
    if (registration == null) {
      responder.respond(ResponseFrame.refusal(request, absence.apply(request.groupId())));
      return;
    }
    registration.lastActivityNanos = nanoTime.getAsLong();
    registration.handler.onRequest(request, caller, responder);
  }

  /** When a group last had a request, by the clock given; empty if not registered. */
  public OptionalLong lastActivity(int groupId) {
    Registration registration = groups.get(groupId);
    return registration == null
        ? OptionalLong.empty()
        : OptionalLong.of(registration.lastActivityNanos);
  }
}
