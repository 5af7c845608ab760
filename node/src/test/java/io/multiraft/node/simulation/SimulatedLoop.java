package io.multiraft.node.simulation;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * An event loop whose turns are events of the world. What is handed to it runs some time later, all
 * that waits in one turn, as on a real loop.
 */
final class SimulatedLoop extends AbstractScheduledEventExecutor implements EventLoop {
  private static final long NEVER = Long.MAX_VALUE;

  /** Which loop runs now, of all that share it. */
  static final class Turns {
    private SimulatedLoop running;
  }

  private final World world;
  private final NodeClock clock;
  private final Turns turns;
  private final LongSupplier standsStillNanos;
  private final Runnable afterTurn;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private long plannedNanos = NEVER;
  private boolean ended;

  /**
   * @param standsStillNanos for how long the whole process runs nothing from now on
   * @param afterTurn runs after every turn
   */
  SimulatedLoop(
      World world,
      NodeClock clock,
      Turns turns,
      LongSupplier standsStillNanos,
      Runnable afterTurn) {
    this.world = world;
    this.clock = clock;
    this.turns = turns;
    this.standsStillNanos = standsStillNanos;
    this.afterTurn = afterTurn;
  }

  /** The process is gone: nothing that waits here ever runs. */
  void end() {
    ended = true;
    tasks.clear();
  }

  @Override
  public Ticker ticker() {
    return clock;
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return turns.running == this;
  }

  @Override
  public void execute(Runnable task) {
    if (!ended) {
      tasks.add(task);
      plan(world.nowNanos() + 1 + world.skewed(60 * World.MICRO));
    }
  }

  private void plan(long atNanos) {
    if (atNanos >= plannedNanos) {
      return;
    }
    plannedNanos = atNanos;
    world.after(
        atNanos - world.nowNanos(),
        () -> {
          if (plannedNanos == atNanos) {
            plannedNanos = NEVER;
            turn();
          }
        });
  }

  private void turn() {
    if (ended) {
      return;
    }
    long stillNanos = standsStillNanos.getAsLong();
    if (stillNanos > 0) {
      plan(world.nowNanos() + stillNanos);
      return;
    }
    turns.running = this;
    try {
      for (int left = tasks.size(); left > 0 && !ended; left--) {
        tasks.remove().run();
      }
      for (Runnable due = pollScheduledTask(); due != null && !ended; due = pollScheduledTask()) {
        due.run();
      }
    } finally {
      turns.running = null;
    }
    if (!ended) {
      if (!tasks.isEmpty()) {
        plan(world.nowNanos() + 1 + world.skewed(20 * World.MICRO));
      } else {
        planTimers();
      }
      afterTurn.run();
    }
  }

  private void planTimers() {
    long dueNanos = nextScheduledTaskDeadlineNanos();
    if (dueNanos != -1) {
      plan(world.nowNanos() + 1 + clock.worldNanosUntil(dueNanos));
    }
  }

  /** The clock has changed its pace: what was planned may come too late now. */
  void clockChanged() {
    if (!ended) {
      execute(() -> {});
    }
  }

  @Override
  public EventLoop next() {
    return this;
  }

  @Override
  public EventLoopGroup parent() {
    return null;
  }

  @Override
  public ChannelFuture register(Channel channel) {
    return register(new DefaultChannelPromise(channel, this));
  }

  @Override
  public ChannelFuture register(ChannelPromise promise) {
    promise.channel().unsafe().register(this, promise);
    return promise;
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    channel.unsafe().register(this, promise);
    return promise;
  }

  @Override
  public boolean isShuttingDown() {
    return ended;
  }

  @Override
  public boolean isShutdown() {
    return ended;
  }

  @Override
  public boolean isTerminated() {
    return ended;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return ended;
  }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<?> terminationFuture() {
    throw new UnsupportedOperationException();
  }

  @Override
  @Deprecated
  public void shutdown() {
    throw new UnsupportedOperationException();
  }
}
