package io.multiraft.node.linearizability;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What answers tell of single versions. It keeps the search from trying writes without an answer in
 * places where a later answer rules them out, of which there would be exponentially many.
 */
final class KnownVersions {
  private final Map<Long, Set<String>> valuesByVersion = new HashMap<>();
  private final Map<String, Set<Long>> versionsByValue = new HashMap<>();
  private final Set<String> writtenOften = new HashSet<>();

  KnownVersions(List<Operation> operations) {
    Set<String> written = new HashSet<>();
    for (Operation operation : operations) {
      if (operation.kind() != Operation.Kind.READ && !written.add(operation.written())) {
        writtenOften.add(operation.written());
      }
      boolean tells = operation.outcome() == Operation.Outcome.DONE && operation.version() > 0;
      if (tells) {
        String value =
            operation.kind() == Operation.Kind.READ ? operation.seen() : operation.written();
        valuesByVersion.computeIfAbsent(operation.version(), ignored -> new HashSet<>()).add(value);
        versionsByValue.computeIfAbsent(value, ignored -> new HashSet<>()).add(operation.version());
      }
    }
  }

  /** Whether the version may have this value, as far as all answers together tell. */
  boolean mayBe(long version, String value) {
    Set<String> values = valuesByVersion.get(version);
    if (values != null && (values.size() > 1 || !values.contains(value))) {
      return false; // told of two values, or of another one
    }
    Set<Long> versions = versionsByValue.get(value);
    return versions == null || writtenOften.contains(value) || versions.contains(version);
  }

  /** Whether nothing tells if, when and in which version this was written. */
  boolean isAnonymous(Operation operation) {
    return operation.kind() != Operation.Kind.READ
        && operation.outcome() == Operation.Outcome.UNKNOWN
        && !writtenOften.contains(operation.written())
        && !versionsByValue.containsKey(operation.written());
  }
}
