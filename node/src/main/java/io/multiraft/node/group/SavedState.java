package io.multiraft.node.group;

import io.multiraft.node.StateMachine;
import java.io.IOException;
import java.util.Optional;

/** The durable state of a group, from which a new state machine begins. */
interface SavedState {
  /**
   * What a new machine begins with: the newest state that can be read, or the beginning, as far as
   * the log reaches back to it; empty if there is none. On the group's event loop.
   */
  Optional<AppliedPoint> newest();

  /**
   * Restores the machine. Not on an event loop.
   *
   * @param point as {@link #newest} gave it, not the beginning
   * @throws IOException if it cannot be read, is damaged, or the machine does not take it
   */
  void restore(AppliedPoint point, StateMachine machine) throws IOException;
}
