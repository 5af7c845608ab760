package io.multiraft.node.group;

import io.multiraft.node.StateMachine;
import java.io.IOException;

/** The newest durable state of a group, from which a new state machine begins. */
interface SavedState {
  /** What the newest one contains; the beginning if there is none. On the group's event loop. */
  AppliedPoint newest();

  /**
   * Restores the machine. Not on an event loop.
   *
   * @param point as {@link #newest} gave it, not the beginning
   * @throws IOException if it cannot be read, is damaged, or the machine does not take it
   */
  void restore(AppliedPoint point, StateMachine machine) throws IOException;
}
