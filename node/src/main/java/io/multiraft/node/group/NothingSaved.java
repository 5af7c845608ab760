package io.multiraft.node.group;

import io.multiraft.node.StateMachine;

/** A group without snapshots: a state machine begins with the first entry. */
record NothingSaved(AppliedPoint newest) implements SavedState {
  @Override
  public void restore(AppliedPoint point, StateMachine machine) {
    throw new IllegalStateException("nothing was saved");
  }
}
