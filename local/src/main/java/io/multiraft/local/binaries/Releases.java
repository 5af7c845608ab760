package io.multiraft.local.binaries;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The official releases of Kubernetes and etcd. Each file is checked against the SHA-256 that its
 * release publishes beside it.
 */
final class Releases {
  private final URI kubernetes;
  private final URI etcd;
  private final Platform platform;
  private final Download download;

  Releases(Platform platform, Download download) {
    this(
        URI.create("https://dl.k8s.io/"),
        URI.create("https://github.com/etcd-io/etcd/releases/download/"),
        platform,
        download);
  }

  /**
   * @param kubernetes address that ends with a slash, as does the next
   */
  Releases(URI kubernetes, URI etcd, Platform platform, Download download) {
    this.kubernetes = kubernetes;
    this.etcd = etcd;
    this.platform = platform;
    this.download = download;
  }

  /** Downloads one program into a folder. */
  void fetch(Program program, Path directory) throws IOException, InterruptedException {
    Path target = directory.resolve(program.fileName());
    if (program == Program.ETCD) {
      fetchEtcd(target);
    } else {
      URI source =
          kubernetes.resolve(
              "v%s/bin/%s/%s/%s"
                  .formatted(
                      Versions.KUBERNETES,
                      platform.os(),
                      platform.architecture(),
                      program.fileName()));
      String sha256 = download.text(URI.create(source + ".sha256")).strip();
      requireSha256(sha256, source);
      Path file = directory.resolve(program.fileName() + ".new");
      download.file(source, sha256, file);
      install(file, target);
    }
  }

  private void fetchEtcd(Path target) throws IOException, InterruptedException {
    String release = "v" + Versions.ETCD;
    String folder = "etcd-%s-%s-%s".formatted(release, platform.os(), platform.architecture());
    String archiveName = folder + ".tar.gz";
    URI source = etcd.resolve(release + "/" + archiveName);
    String sums = download.text(etcd.resolve(release + "/SHA256SUMS"));
    String sha256 =
        sums.lines()
            .map(line -> line.split("\\s+"))
            .filter(fields -> fields.length == 2 && fields[1].equals(archiveName))
            .map(fields -> fields[0])
            .findFirst()
            .orElse("");
    requireSha256(sha256, source);
    Path archive = target.resolveSibling(archiveName);
    download.file(source, sha256, archive);
    try {
      Path file = target.resolveSibling("etcd.new");
      TarGz.extract(archive, folder + "/etcd", file);
      install(file, target);
    } finally {
      Files.deleteIfExists(archive);
    }
  }

  private static void requireSha256(String text, URI source) throws IOException {
    if (!text.matches("[0-9a-fA-F]{64}")) {
      throw new IOException("the release publishes no SHA-256 of " + source);
    }
  }

  private static void install(Path file, Path target) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
