package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeRequest.SortOrder;
import io.etcd.jetcd.api.RangeRequest.SortTarget;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.ResponseHeader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Answers a range request from the store at a revision that the caller has chosen. */
final class RangeReader {
  private final RevisionStore store;

  RangeReader(RevisionStore store) {
    this.store = store;
  }

  /**
   * @param currentRevision what this reader takes as the newest state
   * @throws KvException when the request's revision is compacted or in the future
   */
  RangeResponse read(RangeRequest request, long currentRevision) throws KvException {
    if (request.getRevision() > currentRevision) {
      throw new KvException(KvError.FUTURE_REVISION);
    }
    long readRevision = request.getRevision() <= 0 ? currentRevision : request.getRevision();
    store.checkReadable(readRevision);
    Collector found = new Collector(request);
    store.forEach(
        KeyRange.of(request.getKey(), request.getRangeEnd()), readRevision, found::accept);
    store.checkReadable(readRevision);
    RangeResponse.Builder response =
        RangeResponse.newBuilder()
            .setHeader(ResponseHeader.newBuilder().setRevision(currentRevision))
            .setCount(found.count);
    List<KeyValue> kvs = found.kvs;
    kvs.removeIf(revisionFilter(request).negate());
    sorter(request).ifPresent(kvs::sort);
    if (request.getLimit() > 0 && kvs.size() > request.getLimit()) {
      kvs = kvs.subList(0, (int) request.getLimit());
      response.setMore(true);
    }
    for (KeyValue kv : kvs) {
      response.addKvs(request.getKeysOnly() ? kv.toBuilder().clearValue().build() : kv);
    }
    return response.build();
  }

  /** Counts every key; keeps those that the answer may need. */
  private static final class Collector {
    private final long keepLimit;
    private final List<KeyValue> kvs = new ArrayList<>();
    private long count;

    Collector(RangeRequest request) {
      boolean needsAll = request.getSortOrder() != SortOrder.NONE || hasRevisionFilter(request);
      if (request.getCountOnly()) {
        keepLimit = 0;
      } else if (request.getLimit() <= 0 || request.getLimit() == Long.MAX_VALUE || needsAll) {
        keepLimit = Long.MAX_VALUE;
      } else {
        // one more shows that there are more
        keepLimit = request.getLimit() + 1;
      }
    }

    void accept(KeyValue kv) {
      count++;
      if (kvs.size() < keepLimit) {
        kvs.add(kv);
      }
    }
  }

  private static boolean hasRevisionFilter(RangeRequest request) {
    return request.getMinModRevision() != 0
        || request.getMaxModRevision() != 0
        || request.getMinCreateRevision() != 0
        || request.getMaxCreateRevision() != 0;
  }

  private static Predicate<KeyValue> revisionFilter(RangeRequest request) {
    long minMod = request.getMinModRevision();
    long maxMod = request.getMaxModRevision();
    long minCreate = request.getMinCreateRevision();
    long maxCreate = request.getMaxCreateRevision();
    return kv ->
        (minMod == 0 || kv.getModRevision() >= minMod)
            && (maxMod == 0 || kv.getModRevision() <= maxMod)
            && (minCreate == 0 || kv.getCreateRevision() >= minCreate)
            && (maxCreate == 0 || kv.getCreateRevision() <= maxCreate);
  }

  /** The order asked for; none when it is that of the store. */
  private static Optional<Comparator<KeyValue>> sorter(RangeRequest request) {
    boolean byKey = request.getSortTarget() == SortTarget.KEY;
    if (byKey && request.getSortOrder() != SortOrder.DESCEND) {
      return Optional.empty();
    }
    Comparator<KeyValue> ascending =
        switch (request.getSortTarget()) {
          case VERSION -> Comparator.comparingLong(KeyValue::getVersion);
          case CREATE -> Comparator.comparingLong(KeyValue::getCreateRevision);
          case MOD -> Comparator.comparingLong(KeyValue::getModRevision);
          case VALUE ->
              Comparator.<KeyValue, ByteString>comparing(KeyValue::getValue, KeyRange.ORDER);
          default -> Comparator.<KeyValue, ByteString>comparing(KeyValue::getKey, KeyRange.ORDER);
        };
    // as etcd does: another target than the key without an order means ascending
    boolean descending = request.getSortOrder() == SortOrder.DESCEND;
    return Optional.of(descending ? ascending.reversed() : ascending);
  }
}
