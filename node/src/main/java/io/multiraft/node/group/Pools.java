package io.multiraft.node.group;

import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Where a node's groups do what must not be done on an event loop.
 *
 * @param apply state machines: many tasks, each short unless a machine is slow
 * @param longTasks writing, reading and restoring snapshots, which keep a thread for long
 * @param nanoTime the node's clock
 */
record Pools(Executor apply, Executor longTasks, LongSupplier nanoTime) {}
