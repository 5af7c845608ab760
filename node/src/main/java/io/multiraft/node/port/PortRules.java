package io.multiraft.node.port;

import io.multiraft.node.port.tls.NodeTls;
import java.util.Optional;

/**
 * What holds for every connection that the shared port accepts.
 *
 * @param protocols what comes behind the first bytes
 * @param trustedProxies whose PROXY headers are believed
 * @param tls empty: the node has no TLS
 * @param limits bounds
 * @param metrics counters
 */
public record PortRules(
    PortProtocols protocols,
    TrustedProxies trustedProxies,
    Optional<NodeTls> tls,
    PortLimits limits,
    PortMetrics metrics) {}
