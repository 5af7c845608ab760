package io.multiraft.node.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Parser;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.DeleteRangeResponse;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.PutResponse;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeRequest.SortOrder;
import io.etcd.jetcd.api.RangeRequest.SortTarget;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.StatusRuntimeException;
import io.multiraft.node.CommittedEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What etcd documents of its key-value model. */
class KeyValueStateMachineTest {
  private final KeyValueStateMachine machine = new KeyValueStateMachine();
  private long index;

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text.replace("\\0", "\0"));
  }

  private <T> T apply(KvCommand command, Parser<T> parser) {
    return KvResult.decode(applyRaw(command.encode()), parser);
  }

  private byte[] applyRaw(byte[] payload) {
    return machine.apply(List.of(new CommittedEntry(++index, 1, payload))).get(0);
  }

  private PutResponse put(String key, String value) {
    return put(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)));
  }

  private PutResponse put(PutRequest.Builder request) {
    return apply(new KvCommand.Put(request.build()), PutResponse.parser());
  }

  private DeleteRangeResponse delete(String key, String end) {
    return apply(
        new KvCommand.DeleteRange(
            DeleteRangeRequest.newBuilder()
                .setKey(bytes(key))
                .setRangeEnd(bytes(end))
                .setPrevKv(true)
                .build()),
        DeleteRangeResponse.parser());
  }

  private TxnResponse txn(TxnRequest.Builder request) {
    return apply(new KvCommand.Txn(request.build()), TxnResponse.parser());
  }

  private void compact(long revision) {
    apply(
        new KvCommand.Compact(CompactionRequest.newBuilder().setRevision(revision).build()),
        io.etcd.jetcd.api.CompactionResponse.parser());
  }

  private static RangeRequest.Builder all() {
    return RangeRequest.newBuilder().setKey(bytes("\0")).setRangeEnd(bytes("\0"));
  }

  private RangeResponse range(RangeRequest.Builder request) {
    try {
      return machine.range(request.build());
    } catch (KvException e) {
      throw new IllegalStateException(e.error().name(), e);
    }
  }

  private static String keys(RangeResponse response) {
    StringBuilder text = new StringBuilder();
    response.getKvsList().forEach(kv -> text.append(kv.getKey().toStringUtf8()));
    return text.toString();
  }

  private static RequestOp putOp(String key, String value) {
    return RequestOp.newBuilder()
        .setRequestPut(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)))
        .build();
  }

  private static RequestOp deleteOp(String key) {
    return RequestOp.newBuilder()
        .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(bytes(key)))
        .build();
  }

  @Test
  void countsRevisionsAndVersions() {
    assertThat(machine.revision()).isEqualTo(1);
    assertThat(put("a", "1").getHeader().getRevision()).isEqualTo(2);
    put("b", "1");
    put("a", "2");
    KeyValue a = range(RangeRequest.newBuilder().setKey(bytes("a"))).getKvs(0);
    assertThat(List.of(a.getCreateRevision(), a.getModRevision(), a.getVersion()))
        .containsExactly(2L, 4L, 2L);
    assertThat(delete("a", "").getPrevKvs(0)).isEqualTo(a);
    assertThat(delete("a", "").getHeader().getRevision()).as("nothing was there").isEqualTo(5);
    put("a", "3");
    KeyValue again = range(RangeRequest.newBuilder().setKey(bytes("a"))).getKvs(0);
    assertThat(List.of(again.getCreateRevision(), again.getVersion())).containsExactly(6L, 1L);
  }

  @ParameterizedTest
  @CsvSource({
    "b, '', b",
    "b, c, b",
    "b, \\0, bcd",
    "\\0, \\0, abcd",
    "a, c, ab",
    "c, a, ''",
    "x, '', ''"
  })
  void readsEveryFormOfRange(String key, String end, String expected) {
    List.of("c", "a", "d", "b").forEach(each -> put(each, each));
    RangeResponse response =
        range(RangeRequest.newBuilder().setKey(bytes(key)).setRangeEnd(bytes(end)));
    assertThat(keys(response)).isEqualTo(expected);
    assertThat(response.getCount()).isEqualTo(expected.length());
  }

  @ParameterizedTest
  @CsvSource({
    "KEY, ASCEND, abcd", "KEY, DESCEND, dcba", "VERSION, ASCEND, abcd", "VERSION, DESCEND, bacd",
    "CREATE, ASCEND, cadb", "CREATE, DESCEND, bdac", "MOD, ASCEND, cadb", "MOD, DESCEND, bdac",
    "VALUE, ASCEND, dcba", "VALUE, DESCEND, abcd", "CREATE, NONE, cadb"
  })
  void sortsByEveryTarget(SortTarget target, SortOrder order, String expected) {
    put("c", "2");
    put("a", "4");
    put("d", "1");
    put("b", "3");
    put("b", "3");
    String sorted = keys(range(all().setSortTarget(target).setSortOrder(order)));
    if (target == SortTarget.VERSION && order == SortOrder.ASCEND) {
      assertThat(sorted).endsWith("b").hasSize(4);
    } else {
      assertThat(sorted).isEqualTo(expected);
    }
  }

  @Test
  void limitsCountsAndFilters() {
    List.of("a", "b", "c", "d").forEach(each -> put(each, each));
    RangeResponse limited = range(all().setLimit(2));
    assertThat(keys(limited)).isEqualTo("ab");
    assertThat(limited.getMore()).isTrue();
    assertThat(limited.getCount()).isEqualTo(4);
    assertThat(range(all().setLimit(4)).getMore()).isFalse();
    RangeResponse counted = range(all().setCountOnly(true).setLimit(1));
    assertThat(counted.getKvsCount()).isZero();
    assertThat(counted.getCount()).isEqualTo(4);
    assertThat(range(all().setKeysOnly(true)).getKvs(0).getValue().isEmpty()).isTrue();
    assertThat(keys(range(all().setMinModRevision(3).setMaxModRevision(4)))).isEqualTo("bc");
    assertThat(keys(range(all().setMinCreateRevision(5)))).isEqualTo("d");
  }

  @Test
  void readsOldRevisionsUntilTheyAreCompacted() {
    put("a", "1");
    put("a", "2");
    delete("a", "");
    put("b", "1");
    assertThat(range(all().setRevision(2)).getKvs(0).getValue()).isEqualTo(bytes("1"));
    assertThat(range(all().setRevision(4)).getCount()).isZero();
    compact(3);
    assertThat(range(all().setRevision(3)).getKvs(0).getValue()).isEqualTo(bytes("2"));
    assertThatThrownBy(() -> range(all().setRevision(2))).hasMessage("COMPACTED");
    assertThatThrownBy(() -> range(all().setRevision(6))).hasMessage("FUTURE_REVISION");
    assertThatThrownBy(() -> compact(3)).hasMessageContaining("has been compacted");
    assertThatThrownBy(() -> compact(9)).hasMessageContaining("is a future revision");
    compact(5);
    assertThat(machine.bytes()).as("only b is left").isEqualTo(2);
  }

  @Test
  void judgesGuardsOnTheStateBefore() {
    put("a", "1");
    TxnRequest nested =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(bytes("a"))
                    .setTarget(Compare.CompareTarget.VALUE)
                    .setValue(bytes("1")))
            .addSuccess(putOp("seen", "old"))
            .addFailure(putOp("seen", "new"))
            .build();
    TxnResponse response =
        txn(
            TxnRequest.newBuilder()
                .addSuccess(putOp("a", "2"))
                .addSuccess(RequestOp.newBuilder().setRequestTxn(nested))
                .addSuccess(RequestOp.newBuilder().setRequestRange(all())));
    assertThat(response.getResponses(1).getResponseTxn().getSucceeded()).isTrue();
    assertThat(response.getResponses(2).getResponseRange().getCount()).isEqualTo(2);
    assertThat(response.getHeader().getRevision()).isEqualTo(3);
    assertThat(range(all()).getKvsList()).allMatch(kv -> kv.getModRevision() == 3);
  }

  @Test
  void aRefusedTransactionChangesNothing() {
    TxnRequest.Builder request =
        TxnRequest.newBuilder()
            .addSuccess(putOp("a", "1"))
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestPut(
                        PutRequest.newBuilder().setKey(bytes("b")).setIgnoreValue(true)));
    assertThatThrownBy(() -> txn(request)).hasMessageContaining("etcdserver: key not found");
    assertThat(machine.revision()).isEqualTo(1);
    assertThat(range(all()).getCount()).isZero();
  }

  @Test
  void refusesKeysWrittenTwice() {
    assertThatThrownBy(
            () ->
                txn(TxnRequest.newBuilder().addSuccess(putOp("a", "1")).addSuccess(deleteOp("a"))))
        .hasMessageContaining("duplicate key given in txn request");
    RequestOp deleteAll =
        RequestOp.newBuilder()
            .setRequestDeleteRange(
                DeleteRangeRequest.newBuilder().setKey(bytes("\0")).setRangeEnd(bytes("\0")))
            .build();
    assertThatThrownBy(
            () -> txn(TxnRequest.newBuilder().addSuccess(putOp("a", "1")).addSuccess(deleteAll)))
        .hasMessageContaining("duplicate key given in txn request");
    TxnRequest either =
        TxnRequest.newBuilder().addSuccess(putOp("a", "1")).addFailure(putOp("a", "2")).build();
    assertThat(
            txn(TxnRequest.newBuilder().addSuccess(RequestOp.newBuilder().setRequestTxn(either))))
        .isNotNull();
  }

  @Test
  void keepsValuesAndRefusesLeases() {
    put("a", "1");
    put(PutRequest.newBuilder().setKey(bytes("a")).setIgnoreValue(true));
    assertThat(range(all()).getKvs(0).getValue()).isEqualTo(bytes("1"));
    assertThat(range(all()).getKvs(0).getVersion()).isEqualTo(2);
    assertThatThrownBy(() -> put(PutRequest.newBuilder().setKey(bytes("a")).setLease(1)))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage("NOT_FOUND: etcdserver: requested lease not found");
  }

  @Test
  void answersWhatIsNoCommandAndStopsAtAnUnknownFormat() {
    byte[] strange = applyRaw(new byte[] {1, 2, 3, 4});
    assertThatThrownBy(() -> KvResult.decode(strange, PutResponse.parser()))
        .hasMessageContaining("not a key-value command");
    assertThatThrownBy(() -> applyRaw(new byte[] {'K', 9, 1}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("format 9");
  }

  @Test
  void readersSeeWholeTransactionsWhileOthersAreApplied() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    List<Throwable> failures = new ArrayList<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                while (!done.get()) {
                  RangeResponse response = range(all());
                  assertThat(response.getKvsList().stream().map(KeyValue::getValue).distinct())
                      .hasSizeLessThanOrEqualTo(1);
                  assertThat(response.getKvsCount()).isIn(0, 3);
                }
              } catch (Throwable t) {
                failures.add(t);
              }
            });
    reader.start();
    for (int i = 0; i < 20_000; i++) {
      String value = Integer.toString(i);
      txn(
          TxnRequest.newBuilder()
              .addSuccess(putOp("a", value))
              .addSuccess(putOp("b", value))
              .addSuccess(putOp("c", value)));
      if (i % 10 == 9) {
        compact(machine.revision());
      }
    }
    done.set(true);
    reader.join();
    assertThat(failures).isEmpty();
    assertThat(machine.bytes()).isLessThan(100);
  }
}
