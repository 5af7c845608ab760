package io.multiraft.node.api.admin;

import io.multiraft.node.port.tls.Identity;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A request of the admin API, taken out of HTTP. */
record AdminRequest(
    String method,
    List<String> path,
    Map<String, List<String>> query,
    String authorization,
    Identity identity,
    byte[] body) {

  boolean is(String wantedMethod, String... pattern) {
    if (!method.equals(wantedMethod) || path.size() != pattern.length) {
      return false;
    }
    for (int i = 0; i < pattern.length; i++) {
      if (!pattern[i].equals("*") && !pattern[i].equals(path.get(i))) {
        return false;
      }
    }
    return true;
  }

  Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name)).map(values -> values.get(0));
  }

  String requiredParameter(String name) {
    return parameter(name)
        .filter(value -> !value.isEmpty())
        .orElseThrow(() -> new IllegalArgumentException("parameter " + name + " is missing"));
  }

  /** The group id in {@code /v1/groups/{id}}. */
  int groupId() {
    try {
      int id = Integer.parseInt(path.get(2));
      if (id >= 0) {
        return id;
      }
    } catch (NumberFormatException e) {
      // falls through to the same answer as a negative id
    }
    throw new IllegalArgumentException("group id must be a number from 0 on: " + path.get(2));
  }

  /**
   * A number in a path or query.
   *
   * @throws IllegalArgumentException naming the field if it is none
   */
  static int number(String field, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(field + " must be a number: " + text, e);
    }
  }

  /** Like {@link #number}, for a greater range. */
  static long longNumber(String field, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(field + " must be a number: " + text, e);
    }
  }
}
