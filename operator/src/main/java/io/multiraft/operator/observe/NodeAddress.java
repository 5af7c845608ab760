package io.multiraft.operator.observe;

import java.net.URI;

/** Where a node's shared port is reached from the operator: a host name or an IP address. */
public record NodeAddress(String host, int port) {
  /** The address of a path, which begins with a slash and may carry a query. */
  URI uri(String pathAndQuery) {
    String literal = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return URI.create("http://" + literal + ":" + port + pathAndQuery);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
