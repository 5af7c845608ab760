package io.multiraft.node.port;

import io.multiraft.node.port.tls.Identity;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One accepted connection on its way to a protocol, through at most one PROXY header and one layer
 * of TLS, all of it within one time. Used on the connection's event loop, except for {@link
 * #giveWay}.
 */
final class Detection {
  final PortRules rules;
  private final UndetectedConnections undetected;
  private final Channel channel;
  private ScheduledFuture<?> deadline;
  private boolean proxied;
  private boolean secured;
  private boolean refused;
  private boolean handedOver;

  private Detection(PortRules rules, UndetectedConnections undetected, Channel channel) {
    this.rules = rules;
    this.undetected = undetected;
    this.channel = channel;
  }

  /** Begins to look at a connection's bytes. */
  static void begin(PortRules rules, UndetectedConnections undetected, Channel channel) {
    Detection detection = new Detection(rules, undetected, channel);
    channel.attr(ConnectionAttributes.IDENTITY).set(new Identity.PlainText(rules.tls().isEmpty()));
    channel.attr(ConnectionAttributes.METRICS).set(rules.metrics());
    detection.deadline =
        channel
            .eventLoop()
            .schedule(
                () -> detection.refuse("silent"),
                rules.limits().detectionTimeoutMillis(),
                TimeUnit.MILLISECONDS);
    undetected.add(detection);
    channel.closeFuture().addListener(closed -> detection.ended());
    channel.pipeline().addLast(new ProtocolDetector(detection));
  }

  private void ended() {
    deadline.cancel(false);
    undetected.remove(this);
  }

  /** Makes room for a newer connection; any thread. */
  void giveWay() {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (channel.isOpen() && !handedOver) {
                refuse("too-many-undetected");
              }
            });
  }

  /** Whether a PROXY header may come now: the first one, from a source that is trusted. */
  boolean takesProxyHeader() {
    java.net.InetSocketAddress source = (java.net.InetSocketAddress) channel.remoteAddress();
    boolean may = !proxied && rules.trustedProxies().trusts(source.getAddress());
    proxied = true;
    return may;
  }

  /** Whether TLS may come now: the node has it, and this is the first layer. */
  boolean takesTls() {
    boolean may = !secured && rules.tls().isPresent();
    secured = true;
    return may;
  }

  /** The next layer has been taken off: what comes behind it is looked at in place of it. */
  void again(ChannelHandlerContext layer) {
    layer.pipeline().addLast(new ProtocolDetector(this));
    layer.pipeline().remove(layer.handler());
  }

  /** Hands the connection over to its protocol. */
  void hand(
      ChannelHandlerContext detector, String protocol, Consumer<ChannelPipeline> initializer) {
    ended();
    handedOver = true;
    rules.metrics().detected(protocol);
    initializer.accept(detector.pipeline());
    detector.pipeline().remove(detector.handler());
  }

  void refuse(String reason) {
    refuse(reason, "");
  }

  void refuse(String reason, String detail) {
    if (!refused) { // Netty's handlers may have closed it already, which is no reason not to count
      refused = true;
      rules.metrics().refused(reason, channel, detail);
    }
    channel.close();
  }
}
