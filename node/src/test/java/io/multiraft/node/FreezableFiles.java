package io.multiraft.node;

import io.multiraft.node.log.FileLayer;
import io.multiraft.node.log.NioFileLayer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The real files, whose syncs hang for as long as somebody wants. */
final class FreezableFiles implements FileLayer {
  private final FileLayer real = new NioFileLayer();
  private boolean frozen;

  synchronized void freeze() {
    frozen = true;
  }

  synchronized void thaw() {
    frozen = false;
    notifyAll();
  }

  private synchronized void awaitThaw() throws IOException {
    try {
      while (frozen) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    real.createDirectories(directory);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return real.list(directory);
  }

  @Override
  public OpenFile create(Path file) throws IOException {
    return new Freezable(real.create(file));
  }

  @Override
  public OpenFile openForRead(Path file) throws IOException {
    return real.openForRead(file);
  }

  @Override
  public OpenFile openForWrite(Path file) throws IOException {
    return new Freezable(real.openForWrite(file));
  }

  @Override
  public long usableBytes(Path directory) throws IOException {
    return real.usableBytes(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    real.rename(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    real.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    real.syncDirectory(directory);
  }

  @Override
  public Closeable lock(Path file) throws IOException {
    return real.lock(file);
  }

  private final class Freezable implements OpenFile {
    private final OpenFile file;

    Freezable(OpenFile file) {
      this.file = file;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return file.read(into, position);
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      file.write(from, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      awaitThaw();
      file.sync();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
