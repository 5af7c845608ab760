package io.multiraft.node.kv;

import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.KeyValue;
import java.util.ArrayList;
import java.util.List;

/** The guards of a transaction. */
final class Compares {
  private static final KeyValue ABSENT = KeyValue.getDefaultInstance();

  // etcd's target LEASE and its operand are younger than the generated classes
  private static final int LEASE_TARGET = 4;
  private static final int LEASE_FIELD = 8;

  private Compares() {}

  /** Whether every key of the compare's range satisfies it at the revision. */
  static boolean holds(RevisionStore store, Compare compare, long revision) {
    List<KeyValue> kvs = new ArrayList<>();
    store.forEach(KeyRange.of(compare.getKey(), compare.getRangeEnd()), revision, kvs::add);
    if (kvs.isEmpty()) {
      // an absent key has no value, not even the empty one
      return compare.getTarget() != Compare.CompareTarget.VALUE && holds(compare, ABSENT);
    }
    return kvs.stream().allMatch(kv -> holds(compare, kv));
  }

  private static boolean holds(Compare compare, KeyValue kv) {
    int order = order(compare, kv);
    return switch (compare.getResult()) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
      case UNRECOGNIZED -> true;
    };
  }

  /** An operand of another kind than the target counts as 0 or empty, as in etcd. */
  private static int order(Compare compare, KeyValue kv) {
    return switch (compare.getTarget()) {
      case VERSION -> Long.compare(kv.getVersion(), compare.getVersion());
      case CREATE -> Long.compare(kv.getCreateRevision(), compare.getCreateRevision());
      case MOD -> Long.compare(kv.getModRevision(), compare.getModRevision());
      case VALUE -> KeyRange.compare(kv.getValue(), compare.getValue());
      case UNRECOGNIZED ->
          compare.getTargetValue() == LEASE_TARGET
              ? Long.compare(kv.getLease(), leaseOperand(compare))
              : 0;
    };
  }

  private static long leaseOperand(Compare compare) {
    UnknownFieldSet unknown = compare.getUnknownFields();
    List<Long> values = unknown.getField(LEASE_FIELD).getVarintList();
    return values.isEmpty() ? 0 : values.get(values.size() - 1);
  }
}
