package io.multiraft.node.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * Who this node is (node rule 1): its id, the incarnation made when its disk was new, and a boot
 * number raised durably at each start. While it is open no other process can use the directory, so
 * it is opened first and closed last.
 */
public final class NodeIdentity implements AutoCloseable {
  static final String FILE_NAME = "identity";
  static final String LOCK_NAME = "lock";
  static final int FILE_BYTES = 48;

  private static final long MAGIC = 0x4449_4e54_4641_524dL; // "MRAFTNID" as little-endian bytes
  private static final int FORMAT = 1;
  private static final int HAS_LOG = 0x01;

  private final int nodeId;
  private final UUID incarnation;
  private final long bootNumber;
  private final Closeable lock;
  private boolean hasLog;

  private NodeIdentity(
      int nodeId, UUID incarnation, long bootNumber, boolean hasLog, Closeable lock) {
    this.nodeId = nodeId;
    this.incarnation = incarnation;
    this.bootNumber = bootNumber;
    this.hasLog = hasLog;
    this.lock = lock;
  }

  /**
   * Locks the directory, reads or makes the identity and raises the boot number, durably.
   *
   * @param files the file layer
   * @param directory the node's data directory, made where missing
   * @param nodeId the id this node is started with, 1 and up
   * @throws NodeIdentityException if the directory belongs to another node id, or has a log but no
   *     identity
   * @throws LogDamagedException if the identity file is damaged
   * @throws IOException if another process uses the directory, or a file operation failed
   */
  public static NodeIdentity open(FileLayer files, Path directory, int nodeId) throws IOException {
    return open(files, directory, nodeId, UUID::randomUUID);
  }

  /**
   * Like {@link #open(FileLayer, Path, int)}.
   *
   * @param incarnations where the incarnation of a new disk comes from
   */
  public static NodeIdentity open(
      FileLayer files, Path directory, int nodeId, Supplier<UUID> incarnations) throws IOException {
    if (nodeId < 1) {
      throw new IllegalArgumentException("node ids start at 1, given: " + nodeId);
    }
    files.createDirectories(directory);
    Closeable lock = files.lock(directory.resolve(LOCK_NAME));
    try {
      Path file = directory.resolve(FILE_NAME);
      NodeIdentity next;
      if (files.list(directory).contains(FILE_NAME)) {
        NodeIdentity last = read(files, file, lock);
        if (last.nodeId != nodeId) {
          throw new NodeIdentityException(
              "%s belongs to node %d, but this node was started with id %d"
                  .formatted(directory, last.nodeId, nodeId));
        }
        next = new NodeIdentity(nodeId, last.incarnation, last.bootNumber + 1, last.hasLog, lock);
      } else {
        refuseLogWithoutIdentity(files, directory);
        next = new NodeIdentity(nodeId, incarnations.get(), 1, false, lock);
      }
      next.write(files, directory);
      return next;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** The node's id, 1 and up. */
  public int nodeId() {
    return nodeId;
  }

  /** Made at random when the directory was new. */
  public UUID incarnation() {
    return incarnation;
  }

  /** 1 at the first start, one more at each further one. */
  public long bootNumber() {
    return bootNumber;
  }

  /** Whether a log was made here: from then on it is never taken for one that is yet to be made. */
  boolean hasLog() {
    return hasLog;
  }

  /** Notes, durably, that there is a log. */
  void noteLog(FileLayer files, Path directory) throws IOException {
    if (!hasLog) {
      hasLog = true;
      write(files, directory);
    }
  }

  /** Gives the directory free for another process. */
  @Override
  public void close() throws IOException {
    lock.close();
  }

  private static void refuseLogWithoutIdentity(FileLayer files, Path directory) throws IOException {
    if (!files.list(directory).contains(NodeLog.DIRECTORY_NAME)) {
      return;
    }
    Path log = directory.resolve(NodeLog.DIRECTORY_NAME);
    List<String> segments = files.list(log).stream().filter(SegmentName::isSegment).toList();
    if (!segments.isEmpty()) {
      throw new NodeIdentityException(
          "%s has %d log segments but no file '%s': restore that file, or start with an empty directory as a new incarnation"
              .formatted(directory, segments.size(), FILE_NAME));
    }
  }

  private static NodeIdentity read(FileLayer files, Path file, Closeable lock) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(FILE_BYTES + 1).order(ByteOrder.LITTLE_ENDIAN);
    try (FileLayer.OpenFile open = files.openForRead(file)) {
      int read = 0;
      while (in.hasRemaining() && read >= 0) {
        read = open.read(in, in.position());
      }
    }
    in.flip();
    if (in.remaining() != FILE_BYTES) {
      throw new LogDamagedException(file, 0, "the identity has " + FILE_BYTES + " bytes");
    }
    if (in.getInt(FILE_BYTES - 4) != checksum(in)) {
      throw new LogDamagedException(file, 0, "wrong checksum of the identity");
    }
    if (in.getLong() != MAGIC || in.getInt() != FORMAT) {
      throw new LogDamagedException(file, 0, "not an identity of format " + FORMAT);
    }
    int nodeId = in.getInt();
    UUID incarnation = new UUID(in.getLong(), in.getLong());
    long bootNumber = in.getLong();
    boolean hasLog = (in.getInt() & HAS_LOG) != 0;
    return new NodeIdentity(nodeId, incarnation, bootNumber, hasLog, lock);
  }

  private void write(FileLayer files, Path directory) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(FILE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC).putInt(FORMAT).putInt(nodeId);
    out.putLong(incarnation.getMostSignificantBits());
    out.putLong(incarnation.getLeastSignificantBits());
    out.putLong(bootNumber).putInt(hasLog ? HAS_LOG : 0);
    out.putInt(checksum(out)).flip();
    DurableFiles.replace(files, directory, FILE_NAME, out);
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, FILE_BYTES - 4);
    return (int) crc.getValue();
  }
}
