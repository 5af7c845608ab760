package io.multiraft.node.api;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A group's name as clients write it.
 *
 * @param namespace empty: the cluster's own
 */
record GroupName(String name, Optional<String> namespace) {
  private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final Pattern NAME = Pattern.compile(LABEL + "(\\." + LABEL + ")?");
  private static final Pattern IPV4 = Pattern.compile("[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+");
  private static final int MAX_GROUP_ID_DIGITS = 10;

  /** Reads {@code <group>.<namespace>} or {@code <group>}. */
  static Optional<GroupName> of(String text) {
    if (!NAME.matcher(text).matches()) {
      return Optional.empty();
    }
    int dot = text.indexOf('.');
    return Optional.of(
        dot < 0
            ? new GroupName(text, Optional.empty())
            : new GroupName(text.substring(0, dot), Optional.of(text.substring(dot + 1))));
  }

  /**
   * Reads {@code <group>.<namespace>[.anything][:port]} or {@code <group>[:port]}; empty for an
   * address in numbers and for what is no host name.
   */
  static Optional<GroupName> ofAuthority(String authority) {
    int colon = authority.indexOf(':');
    String host = colon < 0 ? authority : authority.substring(0, colon);
    if (IPV4.matcher(host).matches()) {
      return Optional.empty();
    }
    String[] labels = host.toLowerCase(Locale.ROOT).split("\\.", 3);
    return of(labels.length == 1 ? labels[0] : labels[0] + "." + labels[1]);
  }

  /** Reads a group id, a number of 32 bits without a sign. */
  static Optional<Integer> parseGroupId(String text) {
    if (text.isEmpty() || text.length() > MAX_GROUP_ID_DIGITS) {
      return Optional.empty();
    }
    for (int i = 0; i < text.length(); i++) { // asked for every call: no regular expression
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(Integer.parseUnsignedInt(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return namespace.map(suffix -> name + "." + suffix).orElse(name);
  }
}
