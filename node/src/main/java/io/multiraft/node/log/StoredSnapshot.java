package io.multiraft.node.log;

import io.multiraft.node.raft.SnapshotMeta;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A durable snapshot. What was opened can be read to its end even when the snapshot is deleted
 * meanwhile.
 *
 * @param groupId the group
 * @param index the last entry that is in it
 * @param term that entry's term
 */
public record StoredSnapshot(SnapshotStore store, int groupId, long index, long term) {
  /**
   * What it stands for, from its verified header.
   *
   * @throws SnapshotDamagedException if the header is not what was written
   */
  public SnapshotMeta meta() throws IOException {
    try (SnapshotReader reader = open()) {
      return reader.header().meta();
    }
  }

  /**
   * Opens the state that it holds.
   *
   * @throws SnapshotDamagedException if the header is not what was written; later reads may throw
   *     it, too
   */
  public SnapshotReader open() throws IOException {
    Path path = path();
    SnapshotReader reader = new SnapshotReader(path, store.files().openForRead(path));
    SnapshotHeader header = reader.header();
    if (header.groupId() != groupId
        || header.meta().index() != index
        || header.meta().term() != term) {
      reader.close();
      throw new SnapshotDamagedException(path, 0, "this is another snapshot than its name says");
    }
    return reader;
  }

  /** Opens the file as it is, to be sent to another node. */
  public Raw openRaw() throws IOException {
    return new Raw(store.files().openForRead(path()));
  }

  /** The file's name in an error. */
  public Path path() {
    return store.directory().resolve(new SnapshotName(groupId, index, term).file());
  }

  /** The bytes of the file; used by one thread at a time. */
  public static final class Raw implements Closeable {
    private final FileLayer.OpenFile file;

    Raw(FileLayer.OpenFile file) {
      this.file = file;
    }

    /** Length of the file in bytes. */
    public long fileBytes() throws IOException {
      return file.size();
    }

    /** Reads into the buffer from {@code offset}; returns the bytes read, -1 at the end. */
    public int read(ByteBuffer into, long offset) throws IOException {
      int total = 0;
      while (into.hasRemaining()) {
        int count = file.read(into, offset + total);
        if (count <= 0) {
          return total == 0 ? -1 : total;
        }
        total += count;
      }
      return total;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
