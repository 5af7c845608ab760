package io.multiraft.node.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Files in memory with a page cache that a power cut loses. Of the content of a file that was not
 * synced any 512-byte sectors may be on the disk afterwards; of the names in a directory that was
 * not synced any may be as before.
 */
public final class SimulatedFiles implements FileLayer {
  private static final int SECTOR_BYTES = 512;

  private final Map<Path, Directory> directories = new HashMap<>();
  private long operations;
  private long cutAt = Long.MAX_VALUE;
  private boolean cutAfterEffect;
  private boolean off;
  private String failingSync;
  private boolean full;
  private long usableBytes = Long.MAX_VALUE / 2;
  private boolean locked;

  /** What an operation finds when the power is gone. */
  public static final class PowerCut extends IOException {
    private static final long serialVersionUID = 1;

    PowerCut() {
      super("power cut");
    }
  }

  private static final class Directory {
    private final TreeMap<String, Content> names = new TreeMap<>();
    private TreeMap<String, Content> durableNames = new TreeMap<>();
    private final List<Map<String, Content>> unsynced = new ArrayList<>();

    void change(Map<String, Content> change) {
      apply(names, change);
      unsynced.add(change);
    }

    private static void apply(Map<String, Content> names, Map<String, Content> change) {
      change.forEach(
          (name, content) -> {
            if (content == null) {
              names.remove(name);
            } else {
              names.put(name, content);
            }
          });
    }
  }

  private static final class Content {
    private byte[] bytes = {};
    private byte[] durableBytes = {};
    private final BitSet dirtySectors = new BitSet();
  }

  /** The power goes at this operation from now on, counted from 1; before or after its effect. */
  public synchronized void cutAt(long operation, boolean afterEffect) {
    cutAt = operations + operation;
    cutAfterEffect = afterEffect;
  }

  public synchronized boolean isOff() {
    return off;
  }

  /** The power goes now. */
  public synchronized void powerOff() {
    off = true;
  }

  /** Every later sync fails with this message. */
  public synchronized void failSyncs(String message) {
    failingSync = message;
  }

  /** Every later write fails for want of space. */
  public synchronized void fill() {
    full = true;
  }

  /** This is how much space is said to be left from now on. */
  synchronized void usableBytes(long bytes) {
    usableBytes = bytes;
  }

  /** Whether writes or syncs fail until the disk is repaired. */
  public synchronized boolean isBroken() {
    return full || failingSync != null;
  }

  /** The files in a directory, sorted. */
  public synchronized List<Path> filesIn(Path path) {
    return directory(path).names.keySet().stream().map(path::resolve).toList();
  }

  /** What the disk holds after a power cut now. */
  public synchronized SimulatedFiles afterPowerCut(RandomGenerator random) {
    off = true;
    SimulatedFiles after = new SimulatedFiles();
    Map<Content, Content> survivors = new HashMap<>();
    double nameChance = chance(random);
    directories.forEach(
        (path, directory) -> {
          TreeMap<String, Content> names = new TreeMap<>(directory.durableNames);
          for (Map<String, Content> change : directory.unsynced) {
            if (random.nextDouble() < nameChance) {
              Directory.apply(names, change);
            }
          }
          Directory copy = new Directory();
          names.forEach(
              (name, content) ->
                  copy.names.put(
                      name, survivors.computeIfAbsent(content, key -> survivor(key, random))));
          copy.durableNames = new TreeMap<>(copy.names);
          after.directories.put(path, copy);
        });
    return after;
  }

  /** What the system holds after the process was killed now: all of it, synced or not. */
  public synchronized SimulatedFiles afterKill() {
    off = true;
    return copy();
  }

  /** A copy in the same state, synced or not. */
  public synchronized SimulatedFiles copy() {
    SimulatedFiles after = new SimulatedFiles();
    Map<Content, Content> survivors = new HashMap<>();
    directories.forEach(
        (path, directory) -> {
          Directory copy = new Directory();
          directory.names.forEach(
              (name, content) -> copy.names.put(name, same(content, survivors)));
          directory.durableNames.forEach(
              (name, content) -> copy.durableNames.put(name, same(content, survivors)));
          for (Map<String, Content> change : directory.unsynced) {
            Map<String, Content> sameChange = new HashMap<>();
            change.forEach((name, content) -> sameChange.put(name, same(content, survivors)));
            copy.unsynced.add(sameChange);
          }
          after.directories.put(path, copy);
        });
    return after;
  }

  private static Content same(Content content, Map<Content, Content> survivors) {
    return content == null
        ? null
        : survivors.computeIfAbsent(
            content,
            key -> {
              Content same = new Content();
              same.bytes = key.bytes.clone();
              same.durableBytes = key.durableBytes.clone();
              same.dirtySectors.or(key.dirtySectors);
              return same;
            });
  }

  /** A copy in which everything is as it is, durable or not. */
  public SimulatedFiles copyAsDurable() {
    SimulatedFiles copy = new SimulatedFiles();
    directories.forEach(
        (path, directory) -> {
          Directory same = new Directory();
          directory.names.forEach(
              (name, content) -> {
                Content sameContent = new Content();
                sameContent.bytes = content.bytes.clone();
                sameContent.durableBytes = sameContent.bytes.clone();
                same.names.put(name, sameContent);
              });
          same.durableNames = new TreeMap<>(same.names);
          copy.directories.put(path, same);
        });
    return copy;
  }

  /** The bytes of a file, to be changed behind everyone's back. */
  public byte[] bytes(Path file) {
    return content(file).bytes;
  }

  public void setBytes(Path file, byte[] bytes) {
    content(file).bytes = bytes;
  }

  private static double chance(RandomGenerator random) {
    double[] chances = {0, 0.5, 0.9, 1};
    return chances[random.nextInt(chances.length)];
  }

  private static Content survivor(Content content, RandomGenerator random) {
    Content survivor = new Content();
    boolean newSize = random.nextBoolean();
    int size = newSize ? content.bytes.length : content.durableBytes.length;
    byte[] bytes = Arrays.copyOf(content.durableBytes, size);
    double sectorChance = chance(random);
    content.dirtySectors.stream()
        .forEach(
            sector -> {
              int start = sector * SECTOR_BYTES;
              int end = Math.min(start + SECTOR_BYTES, Math.min(size, content.bytes.length));
              if (end > start && random.nextDouble() < sectorChance) {
                System.arraycopy(content.bytes, start, bytes, start, end - start);
              }
            });
    survivor.bytes = bytes;
    survivor.durableBytes = bytes.clone();
    return survivor;
  }

  private interface Effect {
    void run() throws IOException;
  }

  private synchronized void change(Effect effect) throws IOException {
    powered();
    operations++;
    if (operations < cutAt) {
      effect.run();
      return;
    }
    off = true;
    if (cutAfterEffect) {
      effect.run();
    }
    throw new PowerCut();
  }

  private void powered() throws PowerCut {
    if (off) {
      throw new PowerCut();
    }
  }

  private Directory directory(Path path) {
    return directories.get(path);
  }

  private Content content(Path file) {
    return directory(file.getParent()).names.get(file.getFileName().toString());
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  @Override
  public synchronized void createDirectories(Path path) throws IOException {
    powered();
    directories.computeIfAbsent(path, missing -> new Directory());
    Path parent = path.getParent();
    if (parent != null && directories.containsKey(parent)) {
      Directory holder = directories.get(parent);
      holder.names.putIfAbsent(name(path), new Content());
      holder.durableNames.putIfAbsent(name(path), holder.names.get(name(path)));
    }
  }

  @Override
  public synchronized List<String> list(Path path) throws IOException {
    powered();
    return List.copyOf(directory(path).names.keySet());
  }

  @Override
  public synchronized OpenFile create(Path file) throws IOException {
    if (content(file) != null) {
      throw new IOException("exists: " + file);
    }
    Content content = new Content();
    change(() -> directory(file.getParent()).change(Map.of(name(file), content)));
    return new SimulatedFile(content);
  }

  @Override
  public synchronized OpenFile openForRead(Path file) throws IOException {
    powered();
    return new SimulatedFile(content(file));
  }

  @Override
  public OpenFile openForWrite(Path file) throws IOException {
    return openForRead(file);
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    Map<String, Content> rename = new HashMap<>();
    rename.put(name(from), null);
    rename.put(name(to), content(from));
    change(() -> directory(from.getParent()).change(rename));
  }

  @Override
  public void delete(Path file) throws IOException {
    Map<String, Content> delete = new HashMap<>();
    delete.put(name(file), null);
    change(() -> directory(file.getParent()).change(delete));
  }

  @Override
  public void syncDirectory(Path path) throws IOException {
    change(
        () -> {
          directory(path).durableNames = new TreeMap<>(directory(path).names);
          directory(path).unsynced.clear();
        });
  }

  @Override
  public synchronized long usableBytes(Path path) throws IOException {
    powered();
    return full ? 0 : usableBytes;
  }

  @Override
  public synchronized Closeable lock(Path file) throws IOException {
    if (locked) {
      throw new IOException("locked: " + file);
    }
    locked = true;
    return () -> locked = false;
  }

  private final class SimulatedFile implements OpenFile {
    private final Content content;

    SimulatedFile(Content content) {
      this.content = content;
    }

    @Override
    public long size() throws IOException {
      powered();
      return content.bytes.length;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      synchronized (SimulatedFiles.this) {
        powered();
        int count = (int) Math.min(into.remaining(), content.bytes.length - position);
        if (count <= 0) {
          return -1;
        }
        into.put(content.bytes, (int) position, count);
        return count;
      }
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      if (full) {
        throw new IOException("No space left on device");
      }
      change(
          () -> {
            int start = (int) position;
            int end = start + from.remaining();
            if (end > content.bytes.length) {
              content.bytes = Arrays.copyOf(content.bytes, end);
            }
            from.get(content.bytes, start, end - start);
            content.dirtySectors.set(start / SECTOR_BYTES, (end - 1) / SECTOR_BYTES + 1);
          });
    }

    @Override
    public void truncate(long size) throws IOException {
      change(() -> content.bytes = Arrays.copyOf(content.bytes, (int) size));
    }

    @Override
    public void sync() throws IOException {
      if (failingSync != null) {
        throw new IOException(failingSync);
      }
      change(
          () -> {
            content.durableBytes = content.bytes.clone();
            content.dirtySectors.clear();
          });
    }

    @Override
    public void close() {}
  }
}
