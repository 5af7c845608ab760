package io.multiraft.node.api.admin;

import io.multiraft.node.group.Backup;
import io.multiraft.node.group.RefusedException;
import io.multiraft.node.port.ConnectionAttributes;
import io.multiraft.node.port.PortMetrics;
import io.multiraft.node.port.tls.Identity;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/1.1 connection: takes a request, lets {@link AdminRoutes} answer it, and only then takes
 * the next one, so that answers keep the order of the requests.
 */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
  private static final int MAX_BODY_BYTES = 8 << 20;
  private static final int IDLE_SECONDS = 120;

  private static final int MAX_WAITING_REQUESTS = 64;

  private final AdminRoutes routes;
  private final RequestDeadline deadline;
  private final PortMetrics metrics;
  private final Queue<FullHttpRequest> waiting = new ArrayDeque<>();
  private boolean answering;
  private boolean watching;

  private AdminHandler(AdminRoutes routes, RequestDeadline deadline, PortMetrics metrics) {
    this.routes = routes;
    this.deadline = deadline;
    this.metrics = metrics;
  }

  /** Builds the pipeline of a connection that speaks HTTP/1.1. */
  static void install(
      ChannelPipeline pipeline, AdminRoutes routes, PortMetrics metrics, int maxRequestSeconds) {
    RequestDeadline deadline = new RequestDeadline(metrics, maxRequestSeconds);
    pipeline
        .addLast(deadline)
        .addLast(new HttpServerCodec())
        .addLast(new BodyGate(routes, metrics))
        .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
        .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
        .addLast(new AdminHandler(routes, deadline, metrics));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    deadline.requestArrived();
    if (watching) {
      return; // the stream never ends, so no answer to this could follow it
    }
    if (answering) {
      waiting.add(request.retain());
      if (waiting.size() > MAX_WAITING_REQUESTS) {
        metrics.refused("http-asks-without-waiting", context.channel(), "");
        context.close();
      }
      return;
    }
    answering = true;
    context.channel().config().setAutoRead(false); // the next ones wait where they are
    answer(context, request);
  }

  private void answer(ChannelHandlerContext context, FullHttpRequest request) {
    boolean keepAlive =
        HttpUtil.isKeepAlive(request)
            && ConnectionAttributes.identity(context.channel()).mayManage();
    if (!request.decoderResult().isSuccess()) {
      metrics.refused("http-malformed", context.channel(), "");
      write(context, problem(400, "bad-request", "this is not HTTP/1.1"), false);
      return;
    }
    AdminRequest parsed;
    try {
      parsed = parse(request, ConnectionAttributes.identity(context.channel()));
    } catch (IllegalArgumentException e) {
      write(context, problem(400, "bad-request", "the path or query is malformed"), keepAlive);
      return;
    }
    if (routes.isWatch(parsed)) {
      watch(context, parsed, keepAlive);
      return;
    }
    reply(parsed)
        .whenComplete(
            (reply, failure) ->
                context
                    .executor()
                    .execute(
                        () ->
                            write(
                                context,
                                failure == null ? reply : replyTo(failure, parsed),
                                keepAlive)));
  }

  private CompletionStage<Reply> reply(AdminRequest request) {
    try {
      return routes.answer(request);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void watch(ChannelHandlerContext context, AdminRequest request, boolean keepAlive) {
    GroupWatch watch;
    try {
      watch = routes.watch(request);
    } catch (RuntimeException e) {
      write(context, replyTo(e, request), keepAlive);
      return;
    }
    watching = true;
    context.channel().config().setAutoRead(true); // to see its end
    context.pipeline().addLast(watch);
    watch.begin();
  }

  private static AdminRequest parse(FullHttpRequest request, Identity identity) {
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
    return new AdminRequest(
        request.method().name(),
        segments(uri.path()),
        uri.parameters(),
        authorization,
        identity,
        ByteBufUtil.getBytes(request.content()));
  }

  private static List<String> segments(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("a path begins with a slash");
    }
    List<String> segments = List.of(path.substring(1).split("/"));
    return segments.isEmpty() ? List.of("") : segments; // nothing but slashes
  }

  private static Reply replyTo(Throwable failure, AdminRequest request) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof ProblemException problem) {
      return Reply.problem(problem.problem());
    }
    if (cause instanceof RefusedException refused) {
      return Reply.problem(AdminRoutes.problemOf(refused));
    }
    if (cause instanceof IllegalArgumentException) {
      return problem(400, "bad-request", cause.getMessage());
    }
    LOG.error("{} /{} failed", request.method(), String.join("/", request.path()), cause);
    return problem(500, "internal-error", "see the node's log: " + cause.getClass().getName());
  }

  private static Reply problem(int status, String reason, String detail) {
    return Reply.problem(Problem.of(status, reason, detail));
  }

  private void write(ChannelHandlerContext context, Reply reply, boolean keepAlive) {
    if (reply.body() instanceof Backup backup) {
      BackupStream stream = new BackupStream(backup);
      if (context.channel().isActive()) {
        context.pipeline().addLast(stream);
        stream.begin();
      } else {
        backup.close();
      }
      return;
    }
    context
        .writeAndFlush(response(reply, keepAlive))
        .addListener(
            written -> {
              if (keepAlive && written.isSuccess()) {
                next(context);
              } else {
                context.close();
              }
            });
  }

  /** Once an answer is out: of those who do not read theirs, no more than one waits here. */
  private void next(ChannelHandlerContext context) {
    FullHttpRequest next = waiting.poll();
    if (next == null) {
      answering = false;
      context.channel().config().setAutoRead(true);
      return;
    }
    try {
      answer(context, next);
    } finally {
      next.release();
    }
  }

  static FullHttpResponse response(Reply reply, boolean keepAlive) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()), content(reply));
    if (reply.body() != null) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.contentType());
    }
    HttpUtil.setContentLength(response, response.content().readableBytes());
    HttpUtil.setKeepAlive(response, keepAlive);
    return response;
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    waiting.forEach(FullHttpRequest::release);
    waiting.clear();
    context.fireChannelInactive();
  }

  private static ByteBuf content(Reply reply) {
    if (reply.body() == null) {
      return Unpooled.EMPTY_BUFFER;
    }
    byte[] bytes =
        reply.body() instanceof String text
            ? text.getBytes(StandardCharsets.UTF_8)
            : Documents.write(reply.body());
    return Unpooled.wrappedBuffer(bytes);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent && !watching) {
      context.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("HTTP connection of {} ends", context.channel().remoteAddress(), cause);
    context.close();
  }
}
