package io.multiraft.node.api;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchCreateRequest.FilterType;
import io.multiraft.node.kv.Changes;
import io.multiraft.node.kv.KeyRange;
import io.multiraft.node.kv.KeyValueStateMachine;
import java.util.Optional;

/** One watch: what it wants to see, and up to where it has seen it. */
final class Watch {
  // younger than the generated classes
  static final int WATCH_ID_FIELD = 7;
  private static final int FRAGMENT_FIELD = 8;
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  final long id;
  final Optional<ByteString> singleKey;
  final KeyRange range;
  final boolean fragments;
  final boolean notifiesProgress;
  private final boolean withPrevious;
  private final boolean puts;
  private final boolean deletes;

  /** Everything below this revision was sent, or is not wanted. */
  long nextRevision;

  /** Whether something was sent since progress was last told. */
  boolean hasSent;

  Watch(long id, WatchCreateRequest request, long nextRevision) {
    this.id = id;
    this.nextRevision = nextRevision;
    // a watch, unlike a read, may leave the key out: from the first one on
    ByteString key = request.getKey().isEmpty() ? ZERO : request.getKey();
    this.range = KeyRange.of(key, request.getRangeEnd());
    this.singleKey = request.getRangeEnd().isEmpty() ? Optional.of(key) : Optional.empty();
    this.fragments = hasFlag(request, FRAGMENT_FIELD);
    this.notifiesProgress = request.getProgressNotify();
    this.withPrevious = request.getPrevKv();
    this.puts = !request.getFiltersList().contains(FilterType.NOPUT);
    this.deletes = !request.getFiltersList().contains(FilterType.NODELETE);
  }

  private static boolean hasFlag(WatchCreateRequest request, int field) {
    return request.getUnknownFields().getField(field).getVarintList().stream()
        .reduce((first, last) -> last)
        .orElse(0L)
        .equals(1L);
  }

  /** The id that the request asks for, 0 for any. */
  static long requestedId(WatchCreateRequest request) {
    return request.getUnknownFields().getField(WATCH_ID_FIELD).getVarintList().stream()
        .reduce((first, last) -> last)
        .orElse(0L);
  }

  /** Whether the change is one to send. */
  boolean wants(KeyValue change) {
    return change.getModRevision() >= nextRevision
        && (Changes.isDeletion(change) ? deletes : puts)
        && range.contains(change.getKey());
  }

  Event event(KeyValue change, KeyValueStateMachine store) {
    Event.Builder event =
        Event.newBuilder()
            .setType(Changes.isDeletion(change) ? Event.EventType.DELETE : Event.EventType.PUT)
            .setKv(change);
    if (withPrevious) {
      store.before(change).ifPresent(event::setPrevKv);
    }
    return event.build();
  }
}
