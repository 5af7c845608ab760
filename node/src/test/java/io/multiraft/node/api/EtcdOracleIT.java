package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.LeaseTimeToLiveRequest;
import io.etcd.jetcd.api.LeaseTimeToLiveResponse;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeRequest.SortOrder;
import io.etcd.jetcd.api.RangeRequest.SortTarget;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchCreateRequest.FilterType;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same random operations against a real etcd and against this state machine: every answer is
 * the same, apart from who gave it.
 */
class EtcdOracleIT {
  private static final int OPERATIONS = 6_000;
  private static final int KEYS = 12;
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  /** {@code -Dmultiraft.oracle.seed=N} replays. */
  private final long seed = Long.getLong("multiraft.oracle.seed", System.nanoTime());

  private final Random random = new Random(seed);
  private long revision = 1;
  private long compacted;

  @Test
  void answersAsEtcdDoes(@TempDir Path directory) throws Exception {
    Path etcd = Binaries.require("etcd");
    int clientPort = freePort();
    int peerPort = freePort();
    String peerUrl = "http://127.0.0.1:" + peerPort;
    String clientUrl = "http://127.0.0.1:" + clientPort;
    Process process =
        new ProcessBuilder(
                etcd.toString(),
                "--data-dir=" + directory.resolve("data"),
                "--unsafe-no-fsync",
                "--listen-client-urls=" + clientUrl,
                "--advertise-client-urls=" + clientUrl,
                "--listen-peer-urls=" + peerUrl,
                "--initial-advertise-peer-urls=" + peerUrl,
                "--initial-cluster=default=" + peerUrl)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("etcd.log").toFile())
            .start();
    ManagedChannel real = connect(clientPort);
    try (EtcdPort port =
        new EtcdPort(Optional.of("team-a.default"), 10_000, new InMemoryGroup(7, "team-a"))) {
      ManagedChannel ours = connect(port.port());
      try {
        compare(Stubs.of(real), Stubs.of(ours));
        compareWatches(real, ours);
      } finally {
        ours.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      }
    } finally {
      real.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      process.destroy();
      process.waitFor();
    }
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static ManagedChannel connect(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  private record Stubs(KVGrpc.KVBlockingStub kv, LeaseGrpc.LeaseBlockingStub lease) {
    static Stubs of(ManagedChannel channel) {
      return new Stubs(
          KVGrpc.newBlockingStub(channel).withWaitForReady(),
          LeaseGrpc.newBlockingStub(channel).withWaitForReady());
    }
  }

  private void compare(Stubs real, Stubs ours) {
    for (int i = 0; i < OPERATIONS; i++) {
      Message request = request();
      String expected = send(real, request);
      String actual = send(ours, request);
      assertThat(actual)
          .as("seed %d, operation %d: %s", seed, i, TextFormat.printer().printToString(request))
          .isEqualTo(expected);
    }
  }

  /** Everything that can still be watched, and what happens meanwhile, through the same watches. */
  private void compareWatches(ManagedChannel real, ManagedChannel ours) throws Exception {
    WatchClient theirs = new WatchClient(real, true);
    WatchClient own = new WatchClient(ours, true);
    int watches = 12;
    for (int i = 0; i < watches; i++) {
      WatchCreateRequest.Builder request = watch();
      theirs.create(request);
      own.create(request);
      long watched = theirs.next().getWatchId();
      assertThat(own.next().getWatchId()).isEqualTo(watched);
      // one after the other, since etcd serves its watches in an order of its own
      ByteString last = ByteString.copyFromUtf8("last" + i);
      PutRequest end = PutRequest.newBuilder().setKey(last).build();
      Stubs.of(real).kv().put(end);
      Stubs.of(ours).kv().put(end);
      WatchCreateRequest.Builder marker =
          WatchCreateRequest.newBuilder().setKey(last).setStartRevision(request.getStartRevision());
      assertThat(seen(own, watched, marker))
          .as("seed %d, %s", seed, request)
          .isEqualTo(seen(theirs, watched, marker));
    }
  }

  private WatchCreateRequest.Builder watch() {
    WatchCreateRequest.Builder request =
        WatchCreateRequest.newBuilder()
            .setKey(key())
            .setRangeEnd(random.nextBoolean() ? ZERO : ByteString.EMPTY)
            .setStartRevision(Math.max(compacted, 1) + random.nextInt(20))
            .setPrevKv(random.nextBoolean());
    if (random.nextInt(4) == 0) {
      request.addFilters(random.nextBoolean() ? FilterType.NOPUT : FilterType.NODELETE);
    }
    return request;
  }

  /** What a watch sees up to the change that the marker's watch waits for. */
  private static List<String> seen(
      WatchClient client, long watchId, WatchCreateRequest.Builder marker)
      throws InterruptedException {
    client.create(marker);
    List<String> events = new ArrayList<>();
    boolean ended = false;
    int cancelled = 0;
    while (cancelled < 2) {
      WatchResponse response = client.next();
      cancelled += response.getCanceled() ? 1 : 0;
      if (response.getWatchId() == watchId) {
        response
            .getEventsList()
            .forEach(event -> events.add(TextFormat.printer().printToString(event)));
      } else if (response.getEventsCount() > 0 && !ended) {
        ended = true; // the marker's own change, which both have seen when both are cancelled
        client.cancel(watchId);
        client.cancel(response.getWatchId());
      }
    }
    return events;
  }

  private String send(Stubs stubs, Message request) {
    KVGrpc.KVBlockingStub kv = stubs.kv();
    Message answer;
    try {
      if (request instanceof PutRequest put) {
        answer = kv.put(put);
      } else if (request instanceof DeleteRangeRequest delete) {
        answer = kv.deleteRange(delete);
      } else if (request instanceof RangeRequest range) {
        answer = kv.range(range);
      } else if (request instanceof TxnRequest txn) {
        answer = kv.txn(txn);
      } else if (request instanceof LeaseGrantRequest grant) {
        answer = stubs.lease().leaseGrant(grant);
      } else if (request instanceof LeaseRevokeRequest revoke) {
        answer = stubs.lease().leaseRevoke(revoke);
      } else if (request instanceof LeaseTimeToLiveRequest timeToLive) {
        LeaseTimeToLiveResponse left = stubs.lease().leaseTimeToLive(timeToLive);
        List<ByteString> keys = new ArrayList<>(left.getKeysList());
        keys.sort(ByteString.unsignedLexicographicalComparator()); // etcd leaves the order open
        return left.getID()
            + " of "
            + left.getGrantedTTL()
            + (left.getTTL() > 0 ? " lives " : " is gone ")
            + keys.stream().map(ByteString::toStringUtf8).toList();
      } else {
        answer = kv.compact((CompactionRequest) request);
        compacted = Math.max(compacted, ((CompactionRequest) request).getRevision());
      }
    } catch (StatusRuntimeException e) {
      return e.getMessage();
    }
    var field = answer.getDescriptorForType().findFieldByName("header");
    ResponseHeader header = (ResponseHeader) answer.getField(field);
    revision = header.getRevision();
    ResponseHeader anonymous = ResponseHeader.newBuilder().setRevision(revision).build();
    return TextFormat.printer()
        .printToString(answer.toBuilder().setField(field, anonymous).build());
  }

  private Message request() {
    int choice = random.nextInt(100);
    if (choice < 3) {
      return LeaseGrantRequest.newBuilder().setID(leaseId()).setTTL(leaseSeconds()).build();
    } else if (choice < 4) {
      return LeaseRevokeRequest.newBuilder().setID(leaseId()).build();
    } else if (choice < 6) {
      return LeaseTimeToLiveRequest.newBuilder().setID(leaseId()).setKeys(true).build();
    } else if (choice < 35) {
      return put();
    } else if (choice < 45) {
      return delete();
    } else if (choice < 70) {
      return range();
    } else if (choice < 98) {
      return txn(0);
    }
    return CompactionRequest.newBuilder()
        .setRevision(compacted + random.nextInt((int) (revision - compacted) + 2))
        .build();
  }

  private long leaseId() {
    return 1 + random.nextInt(5);
  }

  /** Too long to end during the test, but for what etcd refuses. */
  private long leaseSeconds() {
    return random.nextInt(10) == 0 ? 9_000_000_001L : 10_000 + random.nextInt(1_000);
  }

  private ByteString key() {
    int choice = random.nextInt(60);
    if (choice == 0) {
      return ByteString.EMPTY;
    } else if (choice == 1) {
      return ZERO;
    } else if (choice == 2) {
      return ByteString.copyFrom(new byte[] {'k', (byte) 0xff});
    }
    return ByteString.copyFromUtf8("k" + (char) ('a' + random.nextInt(KEYS)));
  }

  private ByteString rangeEnd() {
    return switch (random.nextInt(5)) {
      case 0 -> ZERO;
      case 1, 2 -> key();
      default -> ByteString.EMPTY;
    };
  }

  private PutRequest put() {
    PutRequest.Builder request = PutRequest.newBuilder().setKey(key());
    request.setPrevKv(random.nextBoolean());
    if (random.nextInt(8) == 0) {
      request.setIgnoreValue(true);
    } else {
      request.setValue(ByteString.copyFromUtf8("v" + random.nextInt(6)));
    }
    if (random.nextInt(30) == 0) {
      request.setValue(ByteString.copyFromUtf8("v"));
    }
    if (random.nextInt(15) == 0) {
      request.setIgnoreLease(true);
    }
    // of two mistakes in a transaction's put, releases of etcd differ in which they name
    boolean needsPrevious = request.getIgnoreValue() || request.getIgnoreLease();
    if (random.nextInt(4) == 0 && !needsPrevious) {
      request.setLease(leaseId());
    }
    return request.build();
  }

  private DeleteRangeRequest delete() {
    return DeleteRangeRequest.newBuilder()
        .setKey(key())
        .setRangeEnd(random.nextInt(3) == 0 ? rangeEnd() : ByteString.EMPTY)
        .setPrevKv(random.nextBoolean())
        .build();
  }

  /** etcd lets a delete without an end stand beside a put in a transaction, and then may panic. */
  private DeleteRangeRequest boundedDelete() {
    DeleteRangeRequest request = delete();
    return request.getRangeEnd().equals(ZERO)
        ? request.toBuilder().clearRangeEnd().build()
        : request;
  }

  private RangeRequest range() {
    RangeRequest.Builder request =
        RangeRequest.newBuilder()
            .setKey(key())
            .setRangeEnd(rangeEnd())
            .setKeysOnly(random.nextInt(5) == 0)
            .setCountOnly(random.nextInt(8) == 0)
            .setSerializable(random.nextInt(5) == 0);
    if (random.nextInt(3) == 0) {
      request.setLimit(random.nextInt(5) - 1);
    }
    if (random.nextInt(4) == 0) {
      request.setRevision(Math.max(1, revision + 1 - random.nextInt(30)));
    }
    if (random.nextInt(6) == 0) {
      request.setMinModRevision(Math.max(1, revision - random.nextInt(20)));
    }
    if (random.nextInt(6) == 0) {
      request.setMaxModRevision(Math.max(1, revision - random.nextInt(20)));
    }
    if (random.nextInt(6) == 0) {
      request.setMinCreateRevision(Math.max(1, revision - random.nextInt(40)));
    }
    if (random.nextInt(6) == 0) {
      request.setMaxCreateRevision(Math.max(1, revision - random.nextInt(20)));
    }
    sort(request);
    return request.build();
  }

  /** Only by what differs between keys: etcd leaves the order of equals open. */
  private void sort(RangeRequest.Builder request) {
    if (random.nextInt(2) == 0) {
      request.setSortTarget(SortTarget.KEY);
      request.setSortOrder(SortOrder.forNumber(random.nextInt(3)));
    }
  }

  private Compare guard() {
    Compare.Builder compare =
        Compare.newBuilder()
            .setKey(key())
            .setResult(Compare.CompareResult.forNumber(random.nextInt(4)));
    if (random.nextInt(4) == 0) {
      compare.setRangeEnd(rangeEnd());
    }
    switch (random.nextInt(5)) {
      case 0 -> compare.setTarget(Compare.CompareTarget.VERSION).setVersion(random.nextInt(3));
      case 1 -> compare.setTarget(Compare.CompareTarget.CREATE).setCreateRevision(near());
      case 2 -> compare.setTarget(Compare.CompareTarget.MOD).setModRevision(near());
      case 3 ->
          compare
              .setTarget(Compare.CompareTarget.VALUE)
              .setValue(ByteString.copyFromUtf8("v" + random.nextInt(6)));
      // an operand of another kind
      default -> compare.setTarget(Compare.CompareTarget.MOD).setVersion(1);
    }
    return compare.build();
  }

  private long near() {
    return random.nextInt(3) == 0 ? 0 : revision - random.nextInt(10);
  }

  private TxnRequest txn(int depth) {
    TxnRequest.Builder request = TxnRequest.newBuilder();
    int guards = random.nextInt(3);
    for (int i = 0; i < guards; i++) {
      request.addCompare(guard());
    }
    int ops = random.nextInt(100) == 0 ? 129 : random.nextInt(4);
    for (int i = 0; i < ops; i++) {
      request.addSuccess(op(depth));
      request.addFailure(op(depth));
    }
    return request.build();
  }

  private RequestOp op(int depth) {
    RequestOp.Builder op = RequestOp.newBuilder();
    switch (random.nextInt(depth < 3 ? 10 : 8)) {
      case 0, 1, 2 -> op.setRequestRange(range());
      case 3, 4, 5 -> op.setRequestPut(put());
      case 6, 7 -> op.setRequestDeleteRange(boundedDelete());
      default -> op.setRequestTxn(txn(depth + 1));
    }
    return op.build();
  }
}
