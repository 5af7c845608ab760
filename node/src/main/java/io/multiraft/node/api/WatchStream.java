package io.multiraft.node.api;

import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.multiraft.node.kv.Changes;
import io.multiraft.node.kv.KeyRange;
import io.multiraft.node.kv.KeyValueStateMachine;
import io.multiraft.node.kv.KvException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * All watches of one client's stream.
 *
 * <p>Nothing is queued for a watch: it is a place in the store's history, and the stream reads on
 * from there whenever the client has room. So a slow client costs no memory, and one that is
 * overtaken by a compaction is told so. Watches that have seen everything share one place; those
 * that began in the past, or were left behind when the client's room was used up, have places of
 * their own and take turns until they have caught up.
 *
 * <p>Turns run on the workers, one at a time for each stream; whatever happens asks for a turn.
 * Only turns touch the watches and write to the client. The client's next request is asked for when
 * the one before is answered.
 */
final class WatchStream implements KeyValueStateMachine.Listener, StreamObserver<WatchRequest> {
  static final int MAX_WATCHES = 10_000;
  private static final long TURN_BYTES = 1 << 20;
  private static final int TURN_MATCHES = 20_000;

  private final GroupEndpoint group;
  private final KeyValueStateMachine store;
  private final WatchSender sender;
  private final ServerCallStreamObserver<WatchResponse> client;
  private final Executor workers;
  private final Runnable onEnd;

  private final ConcurrentLinkedQueue<WatchRequest> requests = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean turnAsked = new AtomicBoolean();
  private final AtomicBoolean progressDue = new AtomicBoolean();
  private final AtomicReference<Optional<Status>> end = new AtomicReference<>();
  private final AtomicBoolean turning = new AtomicBoolean();

  private final Map<Long, Watch> watches = new HashMap<>();
  private final WatchSet together = new WatchSet();
  private final Deque<Watch> behind = new ArrayDeque<>();
  private long togetherNext;
  private long lastId = -1;
  private boolean progressAsked;
  private boolean ended;

  /**
   * @param onEnd told once when the stream is over
   */
  WatchStream(
      GroupEndpoint group,
      ServerCallStreamObserver<WatchResponse> client,
      Executor workers,
      Runnable onEnd) {
    this.group = group;
    this.store = group.store();
    this.client = client;
    this.sender = new WatchSender(group, store, client);
    this.workers = workers;
    this.onEnd = onEnd;
    this.togetherNext = store.revision() + 1;
  }

  GroupEndpoint group() {
    return group;
  }

  /** Begins to listen; called by the call's own thread before anything arrives. */
  void open() {
    client.disableAutoRequest();
    client.setOnReadyHandler(this::askTurn);
    client.setOnCancelHandler(() -> end(Optional.empty()));
    store.addListener(this);
    client.request(1);
  }

  @Override
  public void onNext(WatchRequest request) {
    requests.add(request); // at most one: the next is asked for when this is answered
    askTurn();
  }

  @Override
  public void onError(Throwable failure) {
    end(Optional.empty());
  }

  @Override
  public void onCompleted() {
    end(Optional.of(Status.OK));
  }

  @Override
  public void advanced() {
    askTurn();
  }

  @Override
  public void closed() {
    end(Optional.of(Status.UNAVAILABLE.withDescription("etcdserver: server stopped")));
  }

  /** It is time to tell watches that asked for it how far they are. */
  void tellProgress() {
    progressDue.set(true);
    askTurn();
  }

  /** Ends the stream; without a status the client is gone. */
  void end(Optional<Status> status) {
    end.compareAndSet(null, status);
    askTurn();
  }

  private void askTurn() {
    if (turnAsked.compareAndSet(false, true)) {
      try {
        workers.execute(this::turn);
      } catch (RejectedExecutionException e) {
        turnAsked.set(false); // the server is closed, and with it the client's connection
      }
    }
  }

  private void turn() {
    if (!turning.compareAndSet(false, true)) {
      return; // the turn that runs sees that another is asked for
    }
    turnAsked.set(false);
    boolean more;
    try {
      more = !ended && work();
    } finally {
      turning.set(false);
    }
    if (turnAsked.getAndSet(false) || more) {
      askTurn();
    }
  }

  /** One turn's work; whether there is more to do at once. */
  private boolean work() {
    if (end.get() != null) {
      finish(end.get());
      return false;
    }
    if (!client.isReady()) {
      return false; // a turn is asked for when it is
    }
    WatchRequest request = requests.poll();
    if (request != null) {
      answer(request);
      client.request(1);
    }
    boolean more = catchUp();
    more |= goOnTogether();
    if (!more) {
      progress();
    }
    return more && client.isReady();
  }

  private void finish(Optional<Status> status) {
    ended = true;
    store.removeListener(this);
    watches.clear();
    behind.clear();
    onEnd.run();
    if (status.isPresent() && !client.isCancelled()) {
      if (status.get().isOk()) {
        client.onCompleted();
      } else {
        client.onError(status.get().asRuntimeException());
      }
    }
  }

  private void answer(WatchRequest request) {
    switch (request.getRequestUnionCase()) {
      case CREATE_REQUEST -> create(request.getCreateRequest());
      case CANCEL_REQUEST -> {
        Watch watch = watches.get(request.getCancelRequest().getWatchId());
        if (watch != null) {
          remove(watch);
          sender.cancelled(watch.id);
        }
      }
      case PROGRESS_REQUEST -> progressAsked = true;
      case REQUESTUNION_NOT_SET -> {
        // as etcd: nothing was asked
      }
    }
  }

  private void create(WatchCreateRequest request) {
    long wanted = Watch.requestedId(request);
    KeyRange range = KeyRange.of(request.getKey(), request.getRangeEnd());
    if (!request.getRangeEnd().isEmpty() && range.isEmpty()) {
      sender.refused("mvcc: watcher range is empty");
    } else if (watches.containsKey(wanted) && wanted != 0) {
      sender.refused("mvcc: duplicate watch ID provided on the WatchStream");
    } else if (watches.size() == MAX_WATCHES) {
      sender.refused("etcdserver: more than " + MAX_WATCHES + " watches on one stream");
    } else {
      long start = request.getStartRevision();
      long next = start == 0 ? store.revision() + 1 : start;
      Watch watch = new Watch(wanted == 0 ? freeId() : wanted, request, next);
      watches.put(watch.id, watch);
      sender.created(watch.id);
      if (next < togetherNext) {
        behind.add(watch);
      } else {
        together.add(watch);
      }
    }
  }

  private long freeId() {
    do {
      lastId++;
    } while (watches.containsKey(lastId));
    return lastId;
  }

  private void remove(Watch watch) {
    watches.remove(watch.id);
    together.remove(watch);
    behind.remove(watch);
  }

  /** Takes one watch that is behind a step forward; whether more are behind. */
  private boolean catchUp() {
    Watch watch = behind.poll();
    if (watch == null || !client.isReady()) {
      if (watch != null) {
        behind.addFirst(watch);
      }
      return watch != null;
    }
    try {
      Changes read = store.changes(watch.nextRevision, TURN_BYTES);
      List<KeyValue> wanted = read.changes().stream().filter(watch::wants).toList();
      sender.events(watch, wanted, read.upToRevision());
      watch.nextRevision = read.upToRevision() + 1;
    } catch (KvException e) {
      remove(watch);
      sender.compacted(watch.id, store.compactedRevision());
      return !behind.isEmpty();
    }
    if (watch.nextRevision >= togetherNext) {
      together.add(watch);
    } else {
      behind.add(watch);
    }
    return !behind.isEmpty();
  }

  /** Takes all others forward; whether there is more to read. */
  private boolean goOnTogether() {
    if (togetherNext > store.revision() || !client.isReady()) {
      return togetherNext <= store.revision();
    }
    Changes read;
    try {
      read = store.changes(togetherNext, TURN_BYTES);
    } catch (KvException e) {
      allFallBehind();
      return true;
    }
    Map<Watch, List<KeyValue>> matches = WatchSet.newMatches();
    long upTo = together.match(read.changes(), read.upToRevision(), TURN_MATCHES, matches);
    for (Map.Entry<Watch, List<KeyValue>> match : matches.entrySet()) {
      Watch watch = match.getKey();
      if (client.isReady()) {
        sender.events(watch, match.getValue(), upTo);
        watch.nextRevision = upTo + 1;
      } else {
        // it goes on from where it is when there is room again
        watch.nextRevision = Math.max(watch.nextRevision, togetherNext);
        together.remove(watch);
        behind.add(watch);
      }
    }
    togetherNext = upTo + 1;
    return togetherNext <= store.revision();
  }

  /** A compaction has overtaken the place: each watch finds out for itself. */
  private void allFallBehind() {
    for (Watch watch : watches.values()) {
      if (!behind.contains(watch)) {
        watch.nextRevision = Math.max(watch.nextRevision, togetherNext);
        together.remove(watch);
        behind.add(watch);
      }
    }
    togetherNext = store.revision() + 1;
  }

  /** Everything was sent: whoever wants to know that is told. */
  private void progress() {
    if (!behind.isEmpty() || togetherNext <= store.revision()) {
      return;
    }
    if (progressAsked && client.isReady()) {
      progressAsked = false;
      sender.progress(WatchSender.EVERY_WATCH, togetherNext - 1);
    }
    if (progressDue.getAndSet(false)) {
      for (Watch watch : watches.values()) {
        if (watch.notifiesProgress && !watch.hasSent && client.isReady()) {
          sender.progress(watch.id, togetherNext - 1);
        }
        watch.hasSent = false;
      }
    }
  }
}
