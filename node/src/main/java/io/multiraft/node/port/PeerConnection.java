package io.multiraft.node.port;

import io.multiraft.node.port.tls.Identity;
import io.multiraft.node.port.tls.NodeTls;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.multiraft.node.wire.RaftFrameDecoder;
import io.multiraft.node.wire.RaftFrameEncoder;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outgoing connection to one peer. {@link #send} may be called from any thread; all else runs
 * on the connection's event loop. While the peer cannot be reached requests fail at once: Raft
 * sends again what still matters.
 */
final class PeerConnection {
  private static final Logger LOG = LoggerFactory.getLogger(PeerConnection.class);
  private static final int TLS_TIMEOUT_MILLIS = 5_000;
  private static final int HELLO_TIMEOUT_MILLIS = 2_000;
  private static final int MIN_BACKOFF_MILLIS = 50;
  private static final int MAX_BACKOFF_MILLIS = 1_000;
  private static final int MAX_BODILESS_BYTES_BEFORE_WRITABLE = 2 << 20;
  private static final int SWEEP_MILLIS = 1_000;
  private static final long ANSWER_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long SILENCE_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** A request that waits to be sent. */
  record Outbound(
      Optional<NodeRef> expected, int groupId, RequestFrame request, PeerResponse response) {
    long bytes() {
      return request.headerBytes() + request.bodyBytes();
    }
  }

  private enum State {
    DISCONNECTED,
    CONNECTING,
    HELLO,
    READY,
    CLOSED
  }

  private final String endpoint;
  private final NodeTransport transport;
  private final RaftPeering peering;
  private final RandomGenerator random;
  private final EventLoop loop;
  private final Ticker clock;
  private final WaitingRequests waiting;
  private final SentRequests sent = new SentRequests();
  private final AtomicBoolean drainScheduled = new AtomicBoolean();

  private State state = State.DISCONNECTED;
  private Channel channel;
  private RaftFrameDecoder decoder;
  private Optional<NodeRef> peer = Optional.empty();
  private Hello peerHello;
  private Optional<Identity.Node> certified = Optional.empty();
  private long lastHeardNanos;
  private int failures;
  private long notBeforeNanos;
  private boolean helloDropped;

  /** Groups expect another incarnation of the peer than the one that said hello. */
  private boolean doubted;

  PeerConnection(
      String endpoint, NodeTransport transport, RaftPeering peering, RandomGenerator random) {
    this.endpoint = endpoint;
    this.transport = transport;
    this.peering = peering;
    this.waiting = new WaitingRequests(peering.limits().maxPendingBytesPerPeer());
    this.random = random;
    this.loop = transport.nextLoop();
    this.clock = loop.ticker();
    this.notBeforeNanos = clock.nanoTime();
    loop.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  void send(Outbound outbound) {
    if (!waiting.offer(outbound)) {
      loop.execute(() -> outbound.response().onFailure(true));
      return;
    }
    scheduleDrain();
  }

  private void scheduleDrain() {
    if (drainScheduled.compareAndSet(false, true)) {
      loop.execute(this::drain);
    }
  }

  private void drain() {
    drainScheduled.set(false);
    if (state == State.DISCONNECTED) {
      if (clock.nanoTime() - notBeforeNanos < 0) {
        waiting.fail();
      } else if (!waiting.isEmpty()) {
        connect();
      }
    } else if (state == State.READY) {
      writeWaiting();
    } else if (state == State.CLOSED) {
      waiting.fail();
    }
  }

  private void writeWaiting() {
    Outbound outbound = next();
    if (outbound == null) {
      return;
    }
    long now = clock.nanoTime();
    boolean takenForOld = false;
    for (; outbound != null; outbound = next()) {
      if (isFor(outbound)) {
        sent.write(channel, peerHello, outbound, now);
      } else {
        takenForOld |= peer.isEmpty() && outbound.expected().isPresent();
        doubted |= peer.isPresent() && outbound.expected().isPresent();
        outbound.response().onFailure(true);
      }
    }
    sent.writeGathered(channel);
    channel.flush();
    if (takenForOld) {
      channel.close(); // its hello was lost, not refused: the next connection says hello again
    }
  }

  /** What may be written now; what says that somebody lives, also to a peer that reads slowly. */
  private Outbound next() {
    if (channel.isWritable()) {
      return waiting.poll();
    }
    return channel.bytesBeforeWritable() < MAX_BODILESS_BYTES_BEFORE_WRITABLE
        ? waiting.pollBodiless()
        : null;
  }

  /** A node answers only for the incarnation that a group knows; an old peer only for group 0. */
  private boolean isFor(Outbound outbound) {
    return outbound.expected().isPresent()
        ? outbound.expected().equals(peer)
        : outbound.groupId() == 0;
  }

  private void connect() {
    state = State.CONNECTING;
    int colon = endpoint.lastIndexOf(':');
    try {
      int port = Integer.parseInt(endpoint.substring(colon + 1));
      String host = endpoint.substring(0, colon);
      connect(host, port);
    } catch (IllegalArgumentException e) {
      disconnected(e.toString());
    }
  }

  private void connect(String host, int port) {
    FrameLimits limits = peering.frameLimits();
    RaftFrameDecoder fresh = RaftFrameDecoder.ofResponses(limits);
    Future<Channel> connecting =
        transport.connect(
            loop,
            host,
            port,
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel made) {
                peering.tls().ifPresent(tls -> addTls(tls, made, host, port));
                made.pipeline()
                    .addLast(fresh)
                    .addLast(new RaftFrameEncoder(peering.maxOutgoingBodyBytes()))
                    .addLast(new Receiver());
              }
            });
    connecting.addListener(
        done -> {
          if (done.isSuccess()) {
            verify(connecting.getNow(), fresh);
          } else {
            disconnected(String.valueOf(done.cause().getMessage()));
          }
        });
  }

  private static void addTls(NodeTls tls, Channel made, String host, int port) {
    SslHandler handler = tls.connect(made.alloc(), host, port);
    handler.setHandshakeTimeoutMillis(TLS_TIMEOUT_MILLIS);
    made.pipeline().addLast(handler);
  }

  /** With TLS, whoever listens there must be a node of this cluster. */
  private void verify(Channel made, RaftFrameDecoder fresh) {
    SslHandler handler = made.pipeline().get(SslHandler.class);
    if (handler == null) {
      certified = Optional.empty();
      connected(made, fresh);
      return;
    }
    handler
        .handshakeFuture()
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                made.close();
                disconnected("no TLS: " + done.cause().getMessage());
                return;
              }
              Identity identity =
                  peering.tls().orElseThrow().identityOf(handler.engine().getSession());
              if (identity instanceof Identity.Node node) {
                certified = Optional.of(node);
                connected(made, fresh);
              } else {
                refuse(made, "peer-certificate", "its certificate is no node's: " + identity);
                disconnected("its certificate is no node's");
              }
            });
  }

  private void refuse(Channel made, String reason, String detail) {
    peering.metrics().refused(reason, made, endpoint + ": " + detail);
    made.close();
  }

  private void connected(Channel made, RaftFrameDecoder fresh) {
    if (state == State.CLOSED) {
      made.close();
      return;
    }
    channel = made;
    decoder = fresh;
    lastHeardNanos = clock.nanoTime();
    if (helloDropped) {
      helloDropped = false; // one plain try, then hello again
      ready(null);
      return;
    }
    state = State.HELLO;
    channel.writeAndFlush(RequestFrame.hello(peering.ownHello()));
    loop.schedule(
        () -> {
          if (channel == made && state == State.HELLO) {
            made.close();
          }
        },
        HELLO_TIMEOUT_MILLIS,
        TimeUnit.MILLISECONDS);
  }

  private void helloAnswered(ResponseFrame response) {
    Optional<Hello> hello =
        response.meta() == null ? Optional.empty() : Hello.fromMeta(response.meta());
    if (hello.isEmpty()) {
      ready(null);
      return;
    }
    if (certified.isPresent() && certified.get().nodeId() != hello.get().nodeId()) {
      refuse(
          channel,
          "other-nodes-certificate",
          certified.get() + " says that it is node " + hello.get().nodeId());
      return;
    }
    Channel asked = channel;
    peering
        .admission()
        .admit(hello.get())
        .whenComplete(
            (nothing, refusal) -> loop.execute(() -> admitted(asked, hello.get(), refusal)));
  }

  private void admitted(Channel asked, Hello hello, Throwable refusal) {
    if (channel != asked || state != State.HELLO) {
      return;
    }
    if (refusal != null) {
      state = State.CONNECTING; // it answered the hello: this is no old peer
      refuse(channel, "peer-refused", refusal.getMessage());
      return;
    }
    decoder.markPeerCapable();
    ready(hello);
  }

  /** Null for an old peer, which has not said hello. */
  private void ready(Hello hello) {
    peerHello = hello;
    peer =
        Optional.ofNullable(hello).map(known -> new NodeRef(known.nodeId(), known.incarnation()));
    state = State.READY;
    failures = 0;
    LOG.info(
        "Connected to {} ({})",
        endpoint,
        peer.map(known -> "node " + known.nodeId()).orElse("an old peer"));
    writeWaiting();
  }

  private void disconnected(String why) {
    if (state == State.CLOSED) {
      return;
    }
    // an old peer has no certificate: with TLS, a hello is dropped for another reason
    helloDropped = state == State.HELLO && certified.isEmpty();
    if (state == State.READY || failures == 0) {
      LOG.info("No connection to {}: {}", endpoint, why);
    }
    state = State.DISCONNECTED;
    channel = null;
    peer = Optional.empty();
    int backoff = Math.min(MAX_BACKOFF_MILLIS, MIN_BACKOFF_MILLIS << Math.min(failures, 5));
    failures++;
    long jittered = backoff / 2 + random.nextInt(backoff / 2 + 1);
    notBeforeNanos = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(jittered);
    sent.fail();
    waiting.fail();
  }

  private void sweep() {
    if (state != State.READY) {
      return;
    }
    long now = clock.nanoTime();
    boolean asked = !sent.isEmpty();
    if (asked && now - lastHeardNanos > SILENCE_TIMEOUT_NANOS) {
      LOG.info("Peer {} is silent, connecting again", endpoint);
      channel.close();
      return;
    }
    sent.expire(now - ANSWER_TIMEOUT_NANOS);
    if (doubted && !asked) {
      doubted = false;
      sent.write(
          channel,
          null,
          new Outbound(
              Optional.empty(), 0, RequestFrame.hello(peering.ownHello()), new Doubt(channel)),
          now);
      channel.flush();
    }
  }

  void close() {
    loop.execute(
        () -> {
          state = State.CLOSED;
          if (channel != null) {
            channel.close();
          }
          sent.fail();
          waiting.fail();
        });
  }

  /**
   * The answer to a second hello. Where requests of groups are for another incarnation and so never
   * leave, nothing else would show that the node of this one has long been gone.
   */
  private final class Doubt implements PeerResponse {
    private final Channel asked;

    Doubt(Channel asked) {
      this.asked = asked;
    }

    @Override
    public void onResponse(ResponseFrame response) {
      Optional<NodeRef> now =
          Optional.ofNullable(response.meta())
              .flatMap(Hello::fromMeta)
              .map(hello -> new NodeRef(hello.nodeId(), hello.incarnation()));
      if (channel == asked && !now.equals(peer)) {
        channel.close();
      }
    }

    @Override
    public void onFailure(boolean surelyNotSent) {
      // The connection has ended, which settles it.
    }
  }

  /** Takes answers and notices the end. */
  private final class Receiver extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (context.channel() != channel) {
        return;
      }
      ResponseFrame response = (ResponseFrame) message;
      lastHeardNanos = clock.nanoTime();
      if (state == State.HELLO) {
        helloAnswered(response);
        return;
      }
      sent.answered(response);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (context.channel().isWritable()) {
        scheduleDrain();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (context.channel() == channel) {
        disconnected("connection closed");
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (state == State.READY || failures == 0) {
        LOG.warn("Connection to {} fails: {}", endpoint, cause.toString());
      }
      context.close();
    }
  }
}
