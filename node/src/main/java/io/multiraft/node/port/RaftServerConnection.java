package io.multiraft.node.port;

import io.multiraft.node.port.tls.Identity;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.wire.Flags;
import io.multiraft.node.wire.FrameException;
import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RaftFrameDecoder;
import io.multiraft.node.wire.RaftFrameEncoder;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An incoming Raft connection: answers the hello, routes requests, and sends answers in the order
 * of the requests, except for those with a request id, which leave as they come.
 */
final class RaftServerConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(RaftServerConnection.class);

  private final RaftPeering peering;
  private final RaftFrameDecoder decoder;
  private final Identity identity;
  private final Deque<Slot> inOrder = new ArrayDeque<>();
  private ChannelHandlerContext context;
  private Answers<Slot> answers;
  private RaftCaller caller;
  private int unanswered;
  private boolean admitting;
  private boolean closed;

  private RaftServerConnection(RaftPeering peering, RaftFrameDecoder decoder, Identity identity) {
    this.peering = peering;
    this.identity = identity;
    this.decoder = decoder;
  }

  /** Builds the pipeline of a connection that speaks Raft. */
  static void install(ChannelPipeline pipeline, RaftPeering peering, Identity identity) {
    FrameLimits limits = peering.frameLimits();
    RaftFrameDecoder decoder = RaftFrameDecoder.ofRequests(limits);
    pipeline
        .addLast(decoder)
        .addLast(peering.incomplete().watch(decoder))
        .addLast(new RaftFrameEncoder(peering.maxOutgoingBodyBytes()))
        .addLast(new RaftServerConnection(peering, decoder, identity));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    answers = new Answers<>(added.channel(), Slot::answered);
    caller = new RaftCaller(Optional.empty(), String.valueOf(added.channel().remoteAddress()));
  }

  @Override
  public void channelRead(ChannelHandlerContext ignored, Object message) {
    if (closed) {
      return; // what came in one piece with the frame that ended the connection
    }
    RequestFrame request = (RequestFrame) message;
    Slot slot = new Slot(request.hasRequestId());
    unanswered++;
    if (!slot.anyOrder) {
      inOrder.add(slot);
    }
    if (unanswered >= peering.limits().maxUnansweredRequests()) {
      context.channel().config().setAutoRead(false);
    }
    if (request.type() == MessageType.PING_REQUEST) {
      ping(request, slot);
    } else if (isRefused(request)) {
      close("raft-not-allowed", request + " is not allowed here");
    } else {
      peering.dispatcher().dispatch(request, caller, slot);
    }
  }

  private boolean isRefused(RequestFrame request) {
    boolean legacy = !Flags.has(request.flags(), Flags.EXTENDED_HEADER);
    if (!legacy && caller.node().isEmpty()) {
      return true;
    }
    if (caller.node().isPresent()) {
      return (request.groupId() != 0 || request.type().isOfNode())
          && !peering.plaintextPeers()
          && !(identity instanceof Identity.Node);
    }
    // An old peer knows no answer for a group that is not here: it expects the connection to end.
    return !peering.dispatcher().contains(0);
  }

  private void ping(RequestFrame request, Slot slot) {
    Optional<Hello> hello =
        request.meta() == null ? Optional.empty() : Hello.fromMeta(request.meta());
    ResponseFrame plain =
        ResponseFrame.to(request, request.destinationId(), request.term(), 0, false);
    if (hello.isEmpty()) {
      slot.respond(plain);
      return;
    }
    if (identity instanceof Identity.Node node && node.nodeId() != hello.get().nodeId()) {
      close("other-nodes-certificate", node + " says that it is node " + hello.get().nodeId());
      return;
    }
    admitting = true;
    context.channel().config().setAutoRead(false);
    peering
        .admission()
        .admit(hello.get())
        .whenComplete(
            (nothing, refusal) ->
                context.executor().execute(() -> admitted(hello.get(), refusal, plain, slot)));
  }

  private void admitted(Hello hello, Throwable refusal, ResponseFrame plain, Slot slot) {
    admitting = false;
    if (refusal != null) {
      close("peer-refused", refusal.getMessage());
      return;
    }
    caller =
        new RaftCaller(
            Optional.of(new NodeRef(hello.nodeId(), hello.incarnation())),
            hello.bootNumber(),
            caller.address());
    decoder.markPeerCapable();
    if (hello.can(Hello.CAPABILITY_BATCHES)) {
      answers.peerTakesBatches();
    }
    slot.respond(plain.withMeta(peering.ownHello().toBytes()));
    resumeReading();
  }

  private void resumeReading() {
    if (!admitting
        && context.channel().isWritable()
        && unanswered < peering.limits().maxUnansweredRequests() / 2 + 1) {
      context.channel().config().setAutoRead(true);
    }
  }

  /** Whoever does not read answers may not ask on: they would all wait here. */
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ignored) {
    if (context.channel().isWritable()) {
      resumeReading();
    } else {
      context.channel().config().setAutoRead(false);
    }
  }

  private void close(String reason, String detail) {
    if (closed) {
      return;
    }
    closed = true;
    peering.metrics().refused(reason, context.channel(), detail);
    context.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ignored, Throwable cause) {
    if (cause instanceof FrameException broken) {
      close(
          "bad-frame-" + broken.reason().name().toLowerCase(java.util.Locale.ROOT),
          broken.getMessage());
    } else if (cause instanceof RefusedConnectionException refused) {
      close(refused.reason(), refused.getMessage());
    } else if (cause instanceof IOException) {
      LOG.debug("Raft connection of {} ends: {}", caller.address(), cause.toString());
      context.close();
    } else {
      LOG.error("Raft connection of {} fails", caller.address(), cause);
      context.close();
    }
  }

  /** The place of one request's answer. */
  private final class Slot implements Responder {
    final boolean anyOrder;
    private volatile ResponseFrame answer;

    Slot(boolean anyOrder) {
      this.anyOrder = anyOrder;
    }

    @Override
    public void respond(ResponseFrame response) {
      answer = response;
      answers.give(this);
    }

    private void answered() {
      if (anyOrder) {
        write(this);
      } else {
        while (!inOrder.isEmpty() && inOrder.peek().answer != null) {
          write(inOrder.remove());
        }
      }
      resumeReading();
    }

    private void write(Slot slot) {
      unanswered--;
      answers.write(slot.answer);
    }

    @Override
    public void drop() {
      context.executor().execute(() -> close("no-answer", "a request must stay unanswered"));
    }
  }
}
