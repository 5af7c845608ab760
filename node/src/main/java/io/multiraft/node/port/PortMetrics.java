package io.multiraft.node.port;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/** Counters of the shared port; thread-safe. */
public final class PortMetrics {
  private final MeterRegistry registry;
  private final AtomicInteger openConnections = new AtomicInteger();

  /** Registers the port's meters. */
  public PortMetrics(MeterRegistry registry) {
    this.registry = registry;
    Gauge.builder("multiraft.port.connections", openConnections, AtomicInteger::get)
        .description("Connections open on the shared port")
        .register(registry);
  }

  /** Counts a connection in and tells how many are open now. */
  int opened() {
    return openConnections.incrementAndGet();
  }

  void closed() {
    openConnections.decrementAndGet();
  }

  void detected(String protocol) {
    counter("multiraft.port.detected", "Connections by protocol", "protocol", protocol).increment();
  }

  /** Counts a connection that was closed because of what came on it. */
  void refused(String reason) {
    counter("multiraft.port.refused", "Connections closed by reason", "reason", reason).increment();
  }

  private Counter counter(String name, String description, String tag, String value) {
    return Counter.builder(name).description(description).tag(tag, value).register(registry);
  }
}
