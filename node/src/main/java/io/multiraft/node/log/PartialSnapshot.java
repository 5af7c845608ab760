package io.multiraft.node.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A snapshot that is being received: the bytes of another node's file, in order. A transfer that
 * broke goes on at {@link #receivedBytes}, for as long as this process lives; at a start partial
 * files are dropped. For one thread at a time, not an event loop.
 */
public final class PartialSnapshot {
  private final SnapshotStore store;
  private final SnapshotName name;
  private final String uid;
  private final SnapshotStore.Aside aside;
  private long receivedBytes;
  private boolean finished;

  PartialSnapshot(SnapshotStore store, SnapshotName name, String uid, SnapshotStore.Aside aside) {
    this.store = store;
    this.name = name;
    this.uid = uid;
    this.aside = aside;
  }

  /** Index of the last entry that is in it. */
  public long index() {
    return name.index();
  }

  /** Term of the last entry that is in it. */
  public long term() {
    return name.term();
  }

  /** Where the transfer goes on. */
  public long receivedBytes() {
    return receivedBytes;
  }

  /**
   * Takes what comes next. Bytes that are there already are skipped, so that what was sent twice
   * does no harm.
   *
   * @return whether the bytes joined on; if not, the sender must go on at {@link #receivedBytes}
   */
  public boolean append(long offset, ByteBuffer bytes) throws IOException {
    if (finished) {
      throw new IllegalStateException("the transfer of this snapshot has ended");
    }
    if (offset < 0 || offset > receivedBytes) {
      return false;
    }
    ByteBuffer fresh = bytes.duplicate();
    fresh.position((int) Math.min(fresh.limit(), fresh.position() + receivedBytes - offset));
    int count = fresh.remaining();
    if (count > 0) {
      aside.write(fresh, receivedBytes);
      receivedBytes += count;
    }
    return true;
  }

  /**
   * All bytes are there: verifies every one of them, makes it durable, and the group's newest.
   *
   * @throws SnapshotDamagedException if it is not the snapshot that was announced, whole and right;
   *     then what was received is dropped
   */
  public StoredSnapshot commit() throws IOException {
    finished = true;
    try (SnapshotReader reader = aside.reader()) {
      SnapshotHeader header = reader.header();
      if (header.groupId() != name.groupId()
          || header.meta().index() != name.index()
          || header.meta().term() != name.term()
          || !header.uid().equals(uid)) {
        throw new SnapshotDamagedException(
            aside.path(), 0, "another snapshot was received than was announced");
      }
      reader.verify();
    } catch (IOException e) {
      aside.drop();
      throw e;
    }
    return store.publish(name, aside);
  }

  /** Drops what was received. */
  public void abort() throws IOException {
    if (!finished) {
      finished = true;
      aside.drop();
    }
  }
}
