package io.multiraft.node.log;

import io.multiraft.node.raft.SnapshotMeta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The snapshots of all groups of a node: written aside, synced, renamed, the directory synced. Of
 * each group the newest one and the one before it are kept. A file says nothing of the node that
 * wrote it, so that it can be sent to another as it is. Thread-safe; nothing here belongs on an
 * event loop but {@link #newest} and {@link #all}.
 */
public final class SnapshotStore {
  static final String DIRECTORY_NAME = "snapshots";

  private static final int KEPT_SNAPSHOTS = 2;
  private static final long SPACE_CHECK_BYTES = 1 << 20;

  private final FileLayer files;
  private final Path directory;
  private final long reserveBytes;

  /** By group id, newest first; lists are replaced, never changed. Looked up without the lock. */
  private final Map<Integer, List<SnapshotName>> byGroup = new ConcurrentHashMap<>();

  private final Map<SnapshotName, Aside> open = new HashMap<>();

  private SnapshotStore(FileLayer files, Path directory, long reserveBytes) {
    this.files = files;
    this.directory = directory;
    this.reserveBytes = reserveBytes;
  }

  /**
   * Opens the snapshots in a node's data directory; what was not finished is deleted.
   *
   * @param files the file layer
   * @param dataDirectory the node's data directory, the one its identity was opened in
   * @param reserveBytes free space that no snapshot may use
   */
  public static SnapshotStore open(FileLayer files, Path dataDirectory, long reserveBytes)
      throws IOException {
    Path directory = dataDirectory.resolve(DIRECTORY_NAME);
    files.createDirectories(directory);
    SnapshotStore store = new SnapshotStore(files, directory, reserveBytes);
    store.load();
    return store;
  }

  private void load() throws IOException {
    DurableFiles.deleteLeftovers(files, directory);
    boolean deleted = false;
    for (String file : files.list(directory)) {
      Optional<SnapshotName> name = SnapshotName.of(file);
      if (name.isPresent()) {
        add(name.get());
      } else if (file.endsWith(SnapshotName.PART_SUFFIX)) {
        files.delete(directory.resolve(file));
        deleted = true;
      }
    }
    for (int groupId : List.copyOf(byGroup.keySet())) {
      deleted |= deleteOld(groupId);
    }
    if (deleted) {
      files.syncDirectory(directory);
    }
  }

  FileLayer files() {
    return files;
  }

  Path directory() {
    return directory;
  }

  /** The newest snapshot of a group. */
  public Optional<StoredSnapshot> newest(int groupId) {
    return all(groupId).stream().findFirst();
  }

  /** The snapshots of a group, the newest first. */
  public List<StoredSnapshot> all(int groupId) {
    return byGroup.getOrDefault(groupId, List.of()).stream()
        .map(name -> new StoredSnapshot(this, name.groupId(), name.index(), name.term()))
        .toList();
  }

  /**
   * Begins a snapshot of a group that lives here.
   *
   * @throws IllegalStateException if the same one is being written or received
   * @throws NoSpaceException if too little space is free; writing may throw it, too
   */
  public SnapshotWriter write(int groupId, String uid, SnapshotMeta meta) throws IOException {
    SnapshotName name = new SnapshotName(groupId, meta.index(), meta.term());
    Aside aside = aside(name, DurableFiles.ASIDE_SUFFIX);
    try {
      return new SnapshotWriter(this, name, new SnapshotHeader(groupId, uid, meta), aside);
    } catch (IOException | RuntimeException e) {
      aside.drop();
      throw e;
    }
  }

  /**
   * Begins to receive another node's snapshot of a group.
   *
   * @param fileBytes how long that node says its file is
   * @throws IllegalStateException if the same one is being written or received
   * @throws NoSpaceException if there is no room for it; appending may throw it, too
   */
  public PartialSnapshot receive(int groupId, String uid, long index, long term, long fileBytes)
      throws IOException {
    requireSpace(fileBytes);
    SnapshotName name = new SnapshotName(groupId, index, term);
    return new PartialSnapshot(this, name, uid, aside(name, SnapshotName.PART_SUFFIX));
  }

  /**
   * Deletes all snapshots of a group that was removed, or is about to be made again. Those under
   * way cannot be committed any more.
   */
  public void delete(int groupId) throws IOException {
    synchronized (this) {
      open.values().stream()
          .filter(aside -> aside.name.groupId() == groupId)
          .forEach(aside -> aside.cancelled = true);
      List<SnapshotName> names = byGroup.remove(groupId);
      if (names == null) {
        return;
      }
      for (SnapshotName name : names) {
        files.delete(directory.resolve(name.file()));
      }
    }
    files.syncDirectory(directory);
  }

  /**
   * Deletes the snapshots of all groups but these: a crash may have come between the removal of a
   * group and that of its snapshots.
   */
  public void retain(Collection<Integer> groupIds) throws IOException {
    Set<Integer> kept = Set.copyOf(groupIds);
    for (int groupId : byGroup.keySet()) {
      if (!kept.contains(groupId)) {
        delete(groupId);
      }
    }
  }

  StoredSnapshot publish(SnapshotName name, Aside aside) throws IOException {
    boolean deleted;
    try {
      aside.file.sync();
      synchronized (this) {
        if (aside.cancelled) {
          throw new IOException("snapshot " + name.base() + ": the group was removed meanwhile");
        }
        files.rename(aside.path, directory.resolve(name.file()));
        aside.renamed = true;
      }
      files.syncDirectory(directory);
    } catch (IOException e) {
      aside.drop();
      throw e;
    }
    aside.file.close();
    aside.release();
    synchronized (this) {
      if (!aside.cancelled) {
        add(name);
        deleted = deleteOld(name.groupId());
      } else {
        files.delete(directory.resolve(name.file()));
        deleted = true;
      }
    }
    if (deleted) {
      files.syncDirectory(directory);
    }
    return new StoredSnapshot(this, name.groupId(), name.index(), name.term());
  }

  private synchronized void add(SnapshotName name) {
    List<SnapshotName> names = new ArrayList<>(byGroup.getOrDefault(name.groupId(), List.of()));
    names.remove(name);
    names.add(name);
    names.sort(SnapshotName.NEWEST_FIRST);
    byGroup.put(name.groupId(), List.copyOf(names));
  }

  private synchronized boolean deleteOld(int groupId) throws IOException {
    List<SnapshotName> names = byGroup.get(groupId);
    if (names.size() <= KEPT_SNAPSHOTS) {
      return false;
    }
    for (SnapshotName old : names.subList(KEPT_SNAPSHOTS, names.size())) {
      files.delete(directory.resolve(old.file()));
    }
    byGroup.put(groupId, List.copyOf(names.subList(0, KEPT_SNAPSHOTS)));
    return true;
  }

  private synchronized Aside aside(SnapshotName name, String suffix) throws IOException {
    if (open.containsKey(name)) {
      throw new IllegalStateException("snapshot " + name.base() + " is under way already");
    }
    requireSpace(0);
    Path path = directory.resolve(name.base() + suffix);
    Aside aside = new Aside(name, path, files.create(path));
    open.put(name, aside);
    return aside;
  }

  private void requireSpace(long bytes) throws IOException {
    long usableBytes = files.usableBytes(directory);
    if (usableBytes - reserveBytes < bytes) {
      throw new NoSpaceException(
          "no room for a snapshot: %d bytes are free, of which %d are kept for the log"
              .formatted(usableBytes, reserveBytes));
    }
  }

  /** A file that is being written aside. */
  final class Aside {
    private final SnapshotName name;
    private final Path path;
    private final FileLayer.OpenFile file;
    private long uncheckedBytes;
    private boolean cancelled;
    private boolean renamed;

    private Aside(SnapshotName name, Path path, FileLayer.OpenFile file) {
      this.name = name;
      this.path = path;
      this.file = file;
    }

    Path path() {
      return path;
    }

    void write(ByteBuffer bytes, long position) throws IOException {
      uncheckedBytes += bytes.remaining();
      if (uncheckedBytes >= SPACE_CHECK_BYTES) {
        requireSpace(uncheckedBytes);
        uncheckedBytes = 0;
      }
      file.write(bytes, position);
    }

    SnapshotReader reader() throws IOException {
      return new SnapshotReader(path, files.openForRead(path));
    }

    void drop() throws IOException {
      release();
      file.close();
      if (!renamed) {
        files.delete(path);
      }
    }

    private void release() {
      synchronized (SnapshotStore.this) {
        open.remove(name);
      }
    }
  }
}
