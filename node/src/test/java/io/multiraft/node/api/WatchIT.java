package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchCreateRequest.FilterType;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.multiraft.node.StateMachine;
import io.multiraft.node.kv.KeyValueStateMachine;
import io.multiraft.node.kv.KvCommand;
import io.netty.channel.Channel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What etcd promises of watches: ordered, without a gap, whole revisions, resumable. */
class WatchIT {
  private static final int MEBIBYTE = 1 << 20;
  private static final int FRAGMENT_FIELD_OF_REQUEST = 8;
  private static final int FRAGMENT_FIELD_OF_RESPONSE = 7;

  private final InMemoryGroup group = new InMemoryGroup(7, "team-a");
  private EtcdPort port;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    port = new EtcdPort(Optional.of("team-a.default"), 10_000, group);
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port.port())
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    port.close();
  }

  private void put(String key, ByteString value) {
    group.append(new KvCommand.Put(putRequest(key, value)).encode()).join();
  }

  private void put(String key, String value) {
    put(key, ByteString.copyFromUtf8(value));
  }

  private static PutRequest putRequest(String key, ByteString value) {
    return PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).setValue(value).build();
  }

  private void putTogether(ByteString value, String... keys) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (String key : keys) {
      txn.addSuccess(RequestOp.newBuilder().setRequestPut(putRequest(key, value)));
    }
    group.append(new KvCommand.Txn(txn.build()).encode()).join();
  }

  private void delete(String key) {
    DeleteRangeRequest request =
        DeleteRangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
    group.append(new KvCommand.DeleteRange(request).encode()).join();
  }

  private void compact(long revision) {
    CompactionRequest request = CompactionRequest.newBuilder().setRevision(revision).build();
    group.append(new KvCommand.Compact(request).encode()).join();
  }

  private WatchClient client() {
    return new WatchClient(channel, true);
  }

  private static String text(Event event) {
    String text = event.getType() + " " + event.getKv().getKey().toStringUtf8();
    text += "@" + event.getKv().getModRevision();
    return event.hasPrevKv() ? text + " was " + event.getPrevKv().getValue().toStringUtf8() : text;
  }

  private static List<String> texts(List<Event> events) {
    return events.stream().map(WatchIT::text).toList();
  }

  @Test
  void manyWatchesSeeEverythingOnceAndInOrderWhileItHappens() throws Exception {
    int writes = 3_000;
    List<WatchClient> clients = new ArrayList<>();
    Thread writer =
        new Thread(
            () -> {
              for (int i = 0; i < writes; i++) {
                putTogether(ByteString.copyFromUtf8("v" + i), "a" + i % 10, "b" + i % 7);
              }
            });
    writer.start();
    for (int i = 0; i < 20; i++) {
      WatchClient client = client();
      client.create(WatchClient.prefix(i % 2 == 0 ? "a" : "b").setStartRevision(2));
      client.create(WatchClient.prefix("nothing"));
      clients.add(client);
    }
    writer.join();
    for (WatchClient client : clients) {
      long next = 2;
      while (next < writes + 2) {
        WatchResponse response = client.next();
        for (Event event : response.getEventsList()) {
          assertThat(event.getKv().getModRevision()).isEqualTo(next);
          next++;
        }
        assertThat(response.getHeader().getRevision()).isGreaterThanOrEqualTo(next - 1);
      }
    }
  }

  @Test
  void aRevisionIsNeverSplitUnlessFragmentsWereAskedFor() throws Exception {
    ByteString half = ByteString.copyFrom(new byte[MEBIBYTE / 2]);
    WatchClient whole = client();
    whole.create(WatchClient.prefix("k"));
    whole.next();
    WatchClient pieces = client();
    pieces.create(
        WatchClient.prefix("k")
            .setPrevKv(true)
            .setUnknownFields(WatchClient.field(FRAGMENT_FIELD_OF_REQUEST, 1)));
    pieces.next();
    putTogether(half, "k1", "k2");
    putTogether(half, "k1", "k2");
    int seen = 0;
    while (seen < 4) {
      int together = whole.next().getEventsCount();
      assertThat(together % 2).as("a revision's changes come together").isZero();
      seen += together;
    }
    List<Boolean> more = new ArrayList<>();
    int events = 0;
    while (events < 4) {
      WatchResponse response = pieces.next();
      assertThat(response.getSerializedSize()).isLessThan(3 * MEBIBYTE);
      more.add(response.getUnknownFields().hasField(FRAGMENT_FIELD_OF_RESPONSE));
      events += response.getEventsCount();
    }
    assertThat(more).contains(true);
    assertThat(more.get(more.size() - 1)).as("the last piece says that it is").isFalse();
  }

  @Test
  void filtersAndPreviousValues() throws Exception {
    put("k", "one");
    WatchClient client = client();
    client.create(WatchClient.prefix("k").setStartRevision(2).setPrevKv(true));
    client.create(WatchClient.prefix("k").setStartRevision(3).addFilters(FilterType.NOPUT));
    client.create(WatchClient.prefix("k").setStartRevision(3).addFilters(FilterType.NODELETE));
    put("k", "two");
    delete("k");
    put("other", "x");
    List<List<String>> seen = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    while (seen.get(0).size() < 3 || seen.get(1).isEmpty() || seen.get(2).isEmpty()) {
      WatchResponse response = client.next();
      seen.get((int) response.getWatchId()).addAll(texts(response.getEventsList()));
    }
    assertThat(seen.get(0)).containsExactly("PUT k@2", "PUT k@3 was one", "DELETE k@4 was two");
    assertThat(seen.get(1)).containsExactly("DELETE k@4");
    assertThat(seen.get(2)).containsExactly("PUT k@3");
  }

  @Test
  void createsAndCancelsWithEtcdsWords() throws Exception {
    WatchClient client = client();
    WatchCreateRequest.Builder named =
        WatchClient.prefix("k").setUnknownFields(WatchClient.field(Watch.WATCH_ID_FIELD, 5));
    client.create(named);
    assertThat(client.next().getWatchId()).isEqualTo(5);
    client.create(named);
    WatchResponse duplicate = client.next();
    assertThat(duplicate.getCreated() && duplicate.getCanceled()).isTrue();
    assertThat(duplicate.getWatchId()).isEqualTo(-1);
    assertThat(duplicate.getCancelReason())
        .isEqualTo("mvcc: duplicate watch ID provided on the WatchStream");
    client.create(
        WatchCreateRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8("z"))
            .setRangeEnd(ByteString.copyFromUtf8("a")));
    assertThat(client.next().getCancelReason()).isEqualTo("mvcc: watcher range is empty");
    client.cancel(5);
    WatchResponse cancelled = client.next();
    assertThat(cancelled.getCanceled()).isTrue();
    assertThat(cancelled.getCancelReason()).isEmpty();
    put("k", "unseen");
    client.create(WatchClient.prefix("k").setStartRevision(100)); // the future
    assertThat(client.next().getWatchId()).isZero();
    client.askProgress();
    WatchResponse progress = client.next();
    assertThat(progress.getWatchId()).isEqualTo(-1);
    assertThat(progress.getHeader().getRevision()).isEqualTo(2);
    client.halfClose();
    assertThat(client.nextOrFailure()).isEqualTo("completed");
  }

  @Test
  void whatIsCompactedIsSaidNotSkipped() throws Exception {
    for (int i = 0; i < 5; i++) {
      put("k", "v" + i);
    }
    compact(4);
    WatchClient client = client();
    client.create(WatchClient.prefix("k").setStartRevision(3));
    assertThat(client.next().getCreated()).isTrue();
    WatchResponse compacted = client.next();
    assertThat(compacted.getCanceled()).isTrue();
    assertThat(compacted.getCompactRevision()).isEqualTo(4);
    client.create(WatchClient.prefix("k").setStartRevision(4));
    client.next();
    assertThat(texts(client.events(3))).containsExactly("PUT k@4", "PUT k@5", "PUT k@6");
  }

  @Test
  void aClientThatDoesNotReadCostsNoMemoryAndMissesNothing() throws Exception {
    WatchClient slow = new WatchClient(channel, false);
    slow.create(WatchClient.prefix("k"));
    assertThat(slow.next().getCreated()).isTrue();
    ByteString value = ByteString.copyFrom(new byte[64 * 1024]);
    int writes = 320;
    for (int i = 0; i < writes; i++) {
      put("k", value);
    }
    WatchClient other = new WatchClient(channel, true); // waits for nobody
    other.create(WatchClient.prefix("k").setStartRevision(2));
    assertThat(other.events(writes)).hasSize(writes);
    Channel connection = port.accepted.get(0);
    Http2Relay relay = connection.pipeline().get(Http2Relay.class);
    assertThat(
            connection.unsafe().outboundBuffer().totalPendingWriteBytes() + relay.bytesInFlight())
        .isLessThan(2 * MEBIBYTE);
    slow.read(writes);
    List<Event> events = slow.events(writes);
    for (int i = 0; i < writes; i++) {
      assertThat(events.get(i).getKv().getModRevision()).isEqualTo(i + 2);
    }
  }

  @Test
  void aClientThatIsOvertakenByACompactionIsTold() throws Exception {
    WatchClient slow = new WatchClient(channel, false);
    slow.create(WatchClient.prefix("k"));
    slow.next();
    ByteString value = ByteString.copyFrom(new byte[MEBIBYTE]);
    for (int i = 0; i < 40; i++) {
      put("k", value);
    }
    compact(group.store.revision());
    slow.read(1_000);
    WatchResponse last = slow.next();
    long next = 2;
    while (!last.getCanceled()) {
      for (Event event : last.getEventsList()) {
        assertThat(event.getKv().getModRevision()).as("no gap before the end").isEqualTo(next);
        next++;
      }
      last = slow.next();
    }
    assertThat(last.getCompactRevision()).isEqualTo(group.store.revision());
    assertThat(next).isLessThan(group.store.revision());
  }

  @Test
  void aRestoredStateIsWatchedOnAndAClosedOneEndsTheStream() throws Exception {
    put("k", "1");
    KeyValueStateMachine ahead = new KeyValueStateMachine();
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    try (StateMachine.Snapshot snapshot = group.store.snapshot()) {
      snapshot.writeTo(state);
    }
    ahead.restore(new ByteArrayInputStream(state.toByteArray()));
    ahead.apply(
        List.of(
            new io.multiraft.node.CommittedEntry(
                2, 1, new KvCommand.Put(putRequest("k", ByteString.copyFromUtf8("2"))).encode())));
    state.reset();
    try (StateMachine.Snapshot snapshot = ahead.snapshot()) {
      snapshot.writeTo(state);
    }
    WatchClient client = client();
    client.create(WatchClient.prefix("k"));
    client.next();
    group.store.restore(new ByteArrayInputStream(state.toByteArray()));
    assertThat(texts(client.events(1))).containsExactly("PUT k@3");
    group.store.close();
    assertThat(client.nextOrFailure().toString())
        .contains("UNAVAILABLE: etcdserver: server stopped");
  }

  @Test
  void quietWatchesThatAskedForItHearHowFarTheyAre() throws Exception {
    WatchClient client = client();
    client.create(WatchClient.prefix("k").setProgressNotify(true));
    client.next();
    put("other", "1");
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> client.next().getHeader().getRevision() == 2);
    WatchClient silent = client();
    silent.create(WatchClient.prefix("k"));
    silent.next();
    client.next();
    client.next();
    assertThat(silent.isQuiet()).as("did not ask").isTrue();
  }
}
