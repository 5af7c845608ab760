package io.multiraft.operator.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one {@link NodeView} current: asks the node who it is, follows its stream of groups, and
 * begins again with a bounded back-off whenever that ends.
 *
 * <p>Every method that changes state holds this object's lock; an attempt is numbered, and what
 * arrives from an older attempt is dropped.
 */
final class PodStream {
  private static final Logger log = LoggerFactory.getLogger(PodStream.class);

  private final ClusterKey cluster;
  private final NodeView view;
  private final Supplier<String> token;
  private final Runnable onTokenRefused;
  private final AdminApi api;
  private final ObjectMapper json;
  private final ObserveTimings timings;
  private final ScheduledExecutorService timer;
  private final ObserverListener listener;

  private long attempt;
  private int failures;
  private boolean stopped;
  private AdminApi.WatchCall call;
  private Future<?> watchdog;
  private long lastLineNanos;
  private long notSyncedSinceNanos = System.nanoTime();

  /** The list that is being received; null once it is complete. */
  private Map<Integer, GroupDocument> arriving;

  private OptionalLong cursor = OptionalLong.empty();
  private boolean resumed;

  PodStream(
      ClusterKey cluster,
      PodTarget target,
      Supplier<String> token,
      Runnable onTokenRefused,
      AdminApi api,
      ObjectMapper json,
      ObserveTimings timings,
      ScheduledExecutorService timer,
      ObserverListener listener) {
    this.cluster = cluster;
    this.view = new NodeView(target);
    this.token = token;
    this.onTokenRefused = onTokenRefused;
    this.api = api;
    this.json = json;
    this.timings = timings;
    this.timer = timer;
    this.listener = listener;
  }

  NodeView view() {
    return view;
  }

  synchronized void start() {
    long interval = Math.max(50, timings.lostAfter().toMillis() / 4);
    watchdog = timer.scheduleWithFixedDelay(this::watch, interval, interval, TimeUnit.MILLISECONDS);
    connect();
  }

  synchronized void stop() {
    stopped = true;
    attempt++;
    if (watchdog != null) {
      watchdog.cancel(false);
    }
    if (call != null) {
      call.close();
    }
  }

  private synchronized void connect() {
    if (stopped) {
      return;
    }
    long mine = ++attempt;
    lastLineNanos = System.nanoTime();
    api.node(view.address(), token.get())
        .whenComplete(
            (node, failure) -> {
              if (failure != null) {
                broken(mine, failure);
              } else {
                open(mine, node);
              }
            });
  }

  private synchronized void open(long mine, NodeDocument node) {
    if (mine != attempt) {
      return;
    }
    NodeView.Identity before = view.identity().orElse(null);
    boolean sameBoot =
        before != null
            && before.incarnation().equals(node.incarnation())
            && before.bootNumber() == node.bootNumber();
    if (before != null && !before.incarnation().equals(node.incarnation())) {
      view.resetHighestGroupIdSeen(node.highestGroupIdSeen());
    }
    view.setIdentity(
        new NodeView.Identity(
            node.nodeId(), node.incarnation(), node.bootNumber(), node.address()));
    view.raiseHighestGroupIdSeen(node.highestGroupIdSeen());
    lastLineNanos = System.nanoTime();
    resumed = sameBoot && cursor.isPresent();
    arriving = resumed ? null : new HashMap<>();
    call =
        api.watch(
            view.address(),
            token.get(),
            resumed ? cursor : OptionalLong.empty(),
            line -> received(mine, line));
    call.ended().whenComplete((nothing, failure) -> broken(mine, failure));
  }

  private void received(long mine, String text) {
    try {
      WatchLine.parse(json, text).ifPresent(line -> accept(mine, line));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a line of the stream is unreadable: " + e.getMessage(), e);
    }
  }

  private synchronized void accept(long mine, WatchLine line) {
    if (mine != attempt) {
      return;
    }
    lastLineNanos = System.nanoTime();
    if (line instanceof WatchLine.Start start) {
      begin(start);
    } else if (line instanceof WatchLine.Changed changed) {
      changed(changed);
    } else if (line instanceof WatchLine.Removed removed) {
      removed(removed);
    } else if (line instanceof WatchLine.Synced synced) {
      complete(synced.sequence());
    } else if (line instanceof WatchLine.KeepAlive keepAlive) {
      advance(keepAlive.sequence());
    }
  }

  private void begin(WatchLine.Start start) {
    NodeView.Identity known = view.identity().orElseThrow();
    if (!known.incarnation().equals(start.incarnation())
        || known.bootNumber() != start.bootNumber()) {
      throw new IllegalStateException("the node restarted while it was asked");
    }
    view.raiseHighestGroupIdSeen(start.highestGroupIdSeen());
    if (resumed) {
      becameSynced();
    }
  }

  private void changed(WatchLine.Changed line) {
    GroupDocument group = line.group();
    view.raiseHighestGroupIdSeen(group.groupId());
    if (arriving != null) {
      arriving.put(group.groupId(), group);
      return;
    }
    GroupDocument before = view.mutableGroups().put(group.groupId(), group);
    advance(line.sequence());
    if (!group.equals(before)) {
      listener.groupChanged(cluster, group.namespace(), group.name());
    }
  }

  private void removed(WatchLine.Removed line) {
    if (arriving != null) {
      arriving.remove(line.groupId());
      return;
    }
    GroupDocument before = view.mutableGroups().remove(line.groupId());
    advance(line.sequence());
    if (before != null) {
      listener.groupChanged(cluster, before.namespace(), before.name());
    }
  }

  private void complete(long sequence) {
    if (arriving == null) {
      return;
    }
    Map<Integer, GroupDocument> groups = view.mutableGroups();
    groups.putAll(arriving);
    groups.keySet().retainAll(arriving.keySet());
    arriving = null;
    cursor = OptionalLong.of(sequence);
    becameSynced();
  }

  private void becameSynced() {
    failures = 0;
    boolean wasKnown = view.contact() == NodeView.Contact.SYNCED;
    view.setContact(NodeView.Contact.SYNCED);
    if (!wasKnown) {
      NodeView.Identity identity = view.identity().orElseThrow();
      log.info(
          "{}: following {} (node {}, boot {}, {} groups)",
          cluster,
          view.podName(),
          identity.nodeId(),
          identity.bootNumber(),
          view.groups().size());
      listener.nodeChanged(cluster);
    }
  }

  private void advance(long sequence) {
    if (arriving == null && cursor.isPresent() && sequence > cursor.getAsLong()) {
      cursor = OptionalLong.of(sequence);
    }
  }

  /** An attempt ended: however it did, another one follows after a wait. */
  private synchronized void broken(long mine, Throwable failure) {
    if (mine != attempt || stopped) {
      return;
    }
    attempt++;
    if (call != null) {
      call.close();
      call = null;
    }
    Throwable cause = AdminException.causeOf(failure);
    if (cause instanceof AdminException.Passing passing && passing.isTokenRefused()) {
      onTokenRefused.run();
    }
    view.setLastFailure(cause == null ? "the node ended the stream" : cause.getMessage());
    if (resumed && arriving == null && view.contact() != NodeView.Contact.SYNCED) {
      // The resumed stream was refused (410) or broke before it was worth anything: list again.
      cursor = OptionalLong.empty();
    }
    arriving = null;
    if (view.contact() == NodeView.Contact.SYNCED) {
      log.info("{}: lost the stream of {}: {}", cluster, view.podName(), view.lastFailure());
      view.setContact(NodeView.Contact.RECONNECTING);
      notSyncedSinceNanos = System.nanoTime();
    }
    long shift = Math.min(failures++, 10);
    long waitMillis =
        Math.min(timings.firstBackoff().toMillis() << shift, timings.maxBackoff().toMillis());
    try {
      timer.schedule(this::connect, waitMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      stopped = true; // the operator is ending
    }
  }

  /** Runs now and then: ends a silent stream, and gives a node up that has been away too long. */
  private void watch() {
    boolean tell = false;
    synchronized (this) {
      long now = System.nanoTime();
      if (now - lastLineNanos > timings.keepAliveTimeout().toNanos() && call != null) {
        broken(attempt, new AdminException.Passing("sent nothing for too long", null, false));
      }
      NodeView.Contact contact = view.contact();
      boolean away =
          contact == NodeView.Contact.CONNECTING || contact == NodeView.Contact.RECONNECTING;
      if (away && now - notSyncedSinceNanos > timings.lostAfter().toNanos()) {
        view.setContact(NodeView.Contact.LOST);
        tell = true;
        log.info("{}: {} does not answer: {}", cluster, view.podName(), view.lastFailure());
      }
    }
    if (tell) {
      listener.nodeChanged(cluster);
    }
  }
}
