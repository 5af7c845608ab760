/**
 * One group's consensus as a pure state machine: messages, ticks and proposals go in; messages, log
 * entries and commits come out. Nothing here knows a thread, a clock, a socket or a file, so that a
 * seeded simulation can drive it. Start reading at {@code RaftCore}.
 */
package io.multiraft.node.raft;
