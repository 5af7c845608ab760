package io.multiraft.node.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The few file operations that the log is built on. {@link NioFileLayer} is the real one; tests use
 * one that loses what was not synced. Files are used by one thread at a time.
 */
public interface FileLayer {
  /** Creates the directory and its parents where missing, their entries durable. */
  void createDirectories(Path directory) throws IOException;

  /** Names (not paths) of the files in a directory, sorted. */
  List<String> list(Path directory) throws IOException;

  /** Creates a new, empty file for reading and writing; fails if it exists. */
  OpenFile create(Path file) throws IOException;

  /** Opens an existing file for reading. */
  OpenFile openForRead(Path file) throws IOException;

  /** Opens an existing file for reading and writing. */
  OpenFile openForWrite(Path file) throws IOException;

  /**
   * Renames atomically, in place of {@code to} if that exists. Durable after {@link
   * #syncDirectory}.
   */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file. Durable after {@link #syncDirectory}. */
  void delete(Path file) throws IOException;

  /** Makes what was created, renamed and deleted in the directory durable. */
  void syncDirectory(Path directory) throws IOException;

  /** Bytes that can still be written to the file system that holds this directory. */
  long usableBytes(Path directory) throws IOException;

  /**
   * Takes an exclusive lock that ends with the process at the latest.
   *
   * @throws IOException if another process, or this one, holds it
   */
  Closeable lock(Path file) throws IOException;

  /** An open file with positional access. */
  interface OpenFile extends Closeable {
    /** Current length in bytes. */
    long size() throws IOException;

    /** Reads into the buffer from {@code position}; returns the bytes read, -1 at the end. */
    int read(ByteBuffer into, long position) throws IOException;

    /** Writes all remaining bytes of the buffer at {@code position}. */
    void write(ByteBuffer from, long position) throws IOException;

    /** Cuts the file to {@code size} bytes. */
    void truncate(long size) throws IOException;

    /** Makes the content, and the length needed to read it, durable. */
    void sync() throws IOException;
  }
}
