package io.multiraft.node.api;

import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.stub.StreamObserver;
import io.multiraft.node.kv.KeyValueStateMachine;
import io.multiraft.node.kv.KvRequests;
import java.util.ArrayList;
import java.util.List;

/** The answers of a watch stream, as etcd words them. */
final class WatchSender {
  /** The watch id of an answer that is about the whole stream, or about no watch. */
  static final long EVERY_WATCH = -1;

  private static final int FRAGMENT_BYTES = KvRequests.MAX_REQUEST_BYTES;
  // younger than the generated classes
  private static final int FRAGMENT_FIELD = 7;
  private static final UnknownFieldSet FRAGMENT =
      UnknownFieldSet.newBuilder()
          .addField(FRAGMENT_FIELD, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
          .build();

  private final GroupEndpoint group;
  private final KeyValueStateMachine store;
  private final StreamObserver<WatchResponse> client;

  WatchSender(
      GroupEndpoint group, KeyValueStateMachine store, StreamObserver<WatchResponse> client) {
    this.group = group;
    this.store = store;
    this.client = client;
  }

  private WatchResponse.Builder response(long watchId, long revision) {
    return WatchResponse.newBuilder().setHeader(Calls.header(group, revision)).setWatchId(watchId);
  }

  void created(long watchId) {
    client.onNext(response(watchId, store.revision()).setCreated(true).build());
  }

  /** No watch was made. */
  void refused(String reason) {
    client.onNext(
        response(EVERY_WATCH, store.revision())
            .setCreated(true)
            .setCanceled(true)
            .setCancelReason(reason)
            .build());
  }

  void cancelled(long watchId) {
    client.onNext(response(watchId, store.revision()).setCanceled(true).build());
  }

  void compacted(long watchId, long compactedRevision) {
    client.onNext(
        response(watchId, store.revision())
            .setCanceled(true)
            .setCompactRevision(compactedRevision)
            .build());
  }

  /** Nothing up to the revision is missing. */
  void progress(long watchId, long revision) {
    client.onNext(response(watchId, revision).build());
  }

  /**
   * Sends changes of whole revisions, if there are any.
   *
   * @param upToRevision the watch has then seen everything up to here
   */
  void events(Watch watch, List<KeyValue> changes, long upToRevision) {
    if (changes.isEmpty()) {
      return;
    }
    watch.hasSent = true;
    List<Event> part = new ArrayList<>();
    int bytes = 0;
    for (KeyValue change : changes) {
      Event event = watch.event(change, store);
      if (watch.fragments
          && !part.isEmpty()
          && bytes + event.getSerializedSize() > FRAGMENT_BYTES) {
        client.onNext(
            response(watch.id, upToRevision).addAllEvents(part).setUnknownFields(FRAGMENT).build());
        part.clear();
        bytes = 0;
      }
      part.add(event);
      bytes += event.getSerializedSize();
    }
    client.onNext(response(watch.id, upToRevision).addAllEvents(part).build());
  }
}
