package io.multiraft.node.group;

import java.util.concurrent.Executor;

/**
 * Where a node's groups do what must not be done on an event loop.
 *
 * @param apply state machines: many tasks, each short unless a machine is slow
 * @param longTasks writing, reading and restoring snapshots, which keep a thread for long
 */
record Pools(Executor apply, Executor longTasks) {}
