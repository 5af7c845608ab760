package io.multiraft.node.simulation;

import io.multiraft.node.log.LogDrive;

/**
 * Moves a node's log on: a write some time after something was submitted, a sync some time after
 * the write. Between the two the node goes on, and may lose its power.
 */
final class SimulatedDrive implements LogDrive {
  private static final long SYNC_NANOS = 400 * World.MICRO;

  /** What the disk does to the log. */
  interface Disk {
    /** By how much everything takes longer, 1 for a good disk. */
    double slowness();

    /** How long nothing of a sync comes back from now on, 0 if it does. */
    long hangsNanos();

    /** A write has been done, its sync has not. */
    void written();
  }

  private final World world;
  private final NodeClock clock;
  private final Disk disk;
  private Work work;
  private boolean waits;
  private boolean busy;
  private boolean ended;

  SimulatedDrive(World world, NodeClock clock, Disk disk) {
    this.world = world;
    this.clock = clock;
    this.disk = disk;
  }

  /** The process is gone. */
  void end() {
    ended = true;
  }

  @Override
  public void start(Work toDo) {
    work = toDo;
  }

  @Override
  public void submitted() {
    waits = true;
    if (!busy && !ended) {
      busy = true;
      world.after(1 + world.skewed(20 * World.MICRO), this::write);
    }
  }

  private void write() {
    if (isOver()) {
      return;
    }
    waits = false;
    work.await();
    work.write();
    disk.written();
    world.after((long) (1 + world.skewed(SYNC_NANOS) * disk.slowness()), this::sync);
  }

  private void sync() {
    if (isOver()) {
      return;
    }
    long hangsNanos = disk.hangsNanos();
    if (hangsNanos > 0) {
      world.after(hangsNanos, this::sync);
      return;
    }
    work.sync();
    busy = false;
    if (waits) {
      submitted();
    }
  }

  private boolean isOver() {
    return ended || work.isOver();
  }

  @Override
  public void awaitEnd() {
    while (!work.isOver()) {
      if (waits) {
        waits = false;
        work.await();
      }
      work.write();
      work.sync();
    }
  }

  @Override
  public long nanoTime() {
    return clock.nanoTime();
  }
}
