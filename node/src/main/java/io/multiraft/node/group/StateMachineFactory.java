package io.multiraft.node.group;

import io.multiraft.node.StateMachine;

/**
 * Makes the state machine of a group: when its member starts on this node, and again whenever one
 * had to be given up. Called on an event loop or while a lock is held, so it must be quick and must
 * not throw.
 */
@FunctionalInterface
public interface StateMachineFactory {
  /** A new, empty state machine. */
  StateMachine create(int groupId);
}
