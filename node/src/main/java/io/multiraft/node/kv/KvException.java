package io.multiraft.node.kv;

/** A request that the store refuses; the same on every member. */
public final class KvException extends Exception {
  private final KvError error;

  public KvException(KvError error) {
    super(error.text(), null, false, false);
    this.error = error;
  }

  public KvError error() {
    return error;
  }
}
