package io.multiraft.node.group;

import io.multiraft.node.StateMachine;

/** Makes the state machine of a group that starts on this node, empty. */
@FunctionalInterface
public interface StateMachineFactory {
  /** A new, empty state machine. */
  StateMachine create(int groupId);
}
