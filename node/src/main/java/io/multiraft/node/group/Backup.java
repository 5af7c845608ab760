package io.multiraft.node.group;

import io.multiraft.node.log.StoredSnapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * A group's state at one moment, as the file of a durable snapshot (docs/storage.md): it ends with
 * the count of its bytes, and each of its pieces with a checksum. Read by one caller at a time.
 */
public final class Backup implements AutoCloseable {
  private final StoredSnapshot.Raw file;
  private final long index;
  private final long fileBytes;
  private final Executor executor;

  private Backup(StoredSnapshot.Raw file, long index, long fileBytes, Executor executor) {
    this.file = file;
    this.index = index;
    this.fileBytes = fileBytes;
    this.executor = executor;
  }

  static CompletableFuture<Backup> open(StoredSnapshot snapshot, Executor executor) {
    CompletableFuture<Backup> opened = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            StoredSnapshot.Raw file = snapshot.openRaw();
            opened.complete(new Backup(file, snapshot.index(), file.fileBytes(), executor));
          } catch (IOException | RuntimeException e) {
            opened.completeExceptionally(e);
          }
        });
    return opened;
  }

  /** The last entry that is in it. */
  public long index() {
    return index;
  }

  /** How long it is. */
  public long fileBytes() {
    return fileBytes;
  }

  /** Reads off the caller's thread: exactly so many bytes, or it fails. */
  public CompletableFuture<ByteBuffer> read(long offset, int bytes) {
    CompletableFuture<ByteBuffer> read = new CompletableFuture<>();
    executor.execute(
        () -> {
          ByteBuffer into = ByteBuffer.allocate(bytes);
          try {
            if (file.read(into, offset) == bytes) {
              read.complete(into.flip());
            } else {
              read.completeExceptionally(new IOException("the file is shorter than it was"));
            }
          } catch (IOException | RuntimeException e) {
            read.completeExceptionally(e);
          }
        });
    return read;
  }

  /** Not while a read is under way. */
  @Override
  public void close() {
    executor.execute(
        () -> {
          try {
            file.close();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }
}
