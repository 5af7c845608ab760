package io.multiraft.node.port;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counters of the shared port, and the log of what it refuses; thread-safe. */
public final class PortMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(PortMetrics.class);
  private static final int MAX_LINES_PER_SECOND = 5;

  private final MeterRegistry registry;
  private final AtomicInteger openConnections = new AtomicInteger();
  private final AtomicLong second = new AtomicLong();
  private final AtomicInteger linesThisSecond = new AtomicInteger();

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

  /**
   * Counts a connection that is closed because of what came on it, and logs it, unless so many are
   * that the log itself would be the damage.
   *
   * @param reason one of few, for the counter
   * @param detail for people; may be empty
   */
  public void refused(String reason, Channel channel, String detail) {
    ended(reason);
    if (mayLog()) {
      LOG.warn("Closing connection with {}: {} {}", channel.remoteAddress(), reason, detail);
    }
  }

  void ended(String reason) {
    counter("multiraft.port.refused", "Connections closed by reason", "reason", reason).increment();
  }

  private boolean mayLog() {
    long now = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    if (second.getAndSet(now) != now) {
      linesThisSecond.set(0);
    }
    return linesThisSecond.incrementAndGet() <= MAX_LINES_PER_SECOND;
  }

  private Counter counter(String name, String description, String tag, String value) {
    return Counter.builder(name).description(description).tag(tag, value).register(registry);
  }
}
