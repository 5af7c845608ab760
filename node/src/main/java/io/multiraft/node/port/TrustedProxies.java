package io.multiraft.node.port;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** The networks whose PROXY protocol headers are believed. */
public final class TrustedProxies {
  /** Nobody is believed. */
  public static final TrustedProxies NONE = new TrustedProxies(List.of());

  private final List<IpSubnetFilterRule> networks;

  private TrustedProxies(List<IpSubnetFilterRule> networks) {
    this.networks = networks;
  }

  /**
   * Reads networks such as {@code 127.0.0.0/8}.
   *
   * @throws IllegalArgumentException if one is not a network
   */
  public static TrustedProxies of(List<String> cidrs) {
    return new TrustedProxies(cidrs.stream().map(TrustedProxies::network).toList());
  }

  private static IpSubnetFilterRule network(String cidr) {
    int slash = cidr.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("not a network like 10.0.0.0/8: " + cidr);
    }
    try {
      int prefix = Integer.parseInt(cidr.substring(slash + 1));
      return new IpSubnetFilterRule(cidr.substring(0, slash), prefix, IpFilterRuleType.ACCEPT);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not a network like 10.0.0.0/8: " + cidr, e);
    }
  }

  boolean trusts(InetAddress source) {
    InetSocketAddress address = new InetSocketAddress(source, 0);
    return networks.stream().anyMatch(network -> network.matches(address));
  }
}
