package io.multiraft.local.pods;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The names of pods, in the format of {@code /etc/hosts}, for Java's {@code jdk.net.hosts.file}: a
 * process that is started with it resolves by this file alone, and reads it again for each name.
 * Thread-safe; readers never see half a file.
 */
public final class HostsFile {
  private final Path file;
  private final Map<String, String> lines = new TreeMap<>();

  public HostsFile(Path file) throws IOException {
    this.file = file;
    Files.createDirectories(file.getParent());
    write();
  }

  /** The file. */
  public Path path() {
    return file;
  }

  /**
   * Names an address, in place of what the pod had before.
   *
   * @param pod key of the entry
   */
  synchronized void put(String pod, String address, List<String> names) throws IOException {
    lines.put(pod, address + " " + String.join(" ", names));
    write();
  }

  synchronized void remove(String pod) throws IOException {
    if (lines.remove(pod) != null) {
      write();
    }
  }

  private void write() throws IOException {
    StringBuilder text = new StringBuilder("127.0.0.1 localhost\n");
    lines.values().forEach(line -> text.append(line).append('\n'));
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
