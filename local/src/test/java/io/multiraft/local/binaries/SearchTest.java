package io.multiraft.local.binaries;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchTest {
  @TempDir Path directory;

  @Test
  void assetsComeBeforePathAndPathBeforeTheCache() throws IOException {
    Path assets = program("assets/etcd");
    Path onPath = program("path/etcd");
    Path cached = program("cache/etcd");
    Map<String, String> all =
        Map.of(
            "KUBEBUILDER_ASSETS",
            assets.getParent().toString(),
            "PATH",
            "/nowhere:" + onPath.getParent());
    Map<String, String> path = Map.of("PATH", onPath.getParent().toString());
    assertThat(Search.of(all, cached.getParent()).find("etcd")).contains(assets);
    assertThat(Search.of(path, cached.getParent()).find("etcd")).contains(onPath);
    assertThat(Search.of(Map.of(), cached.getParent()).find("etcd")).contains(cached);
    assertThat(Search.of(Map.of(), directory).find("etcd")).isEmpty();
  }

  @Test
  void aFileThatCannotBeRunOrAFolderIsNotAProgram() throws IOException {
    Path readable = directory.resolve("path/etcd");
    Files.createDirectories(readable.getParent());
    Files.writeString(readable, "");
    Files.createDirectories(directory.resolve("path/kubectl"));
    Search search = Search.of(Map.of("PATH", readable.getParent().toString()), directory);
    assertThat(search.find("etcd")).isEmpty();
    assertThat(search.find("kubectl")).isEmpty();
  }

  @Test
  void theCacheFollowsTheXdgSpecification() {
    Platform platform = Platform.of("Linux", "x86_64");
    String name = "multiraft/kubernetes-1.36.3-linux-amd64";
    assertThat(Binaries.cacheDirectory(Map.of("HOME", "/home/a"), platform))
        .isEqualTo(Path.of("/home/a/.cache", name));
    assertThat(
            Binaries.cacheDirectory(
                Map.of("HOME", "/home/a", "XDG_CACHE_HOME", "/caches"), platform))
        .isEqualTo(Path.of("/caches", name));
    assertThat(
            Binaries.cacheDirectory(
                Map.of("HOME", "/home/a", "XDG_CACHE_HOME", "relative"), platform))
        .isEqualTo(Path.of("/home/a/.cache", name));
  }

  @Test
  void platformsAreSpelledAsInReleases() {
    assertThat(Platform.of("Linux", "amd64")).hasToString("linux-amd64");
    assertThat(Platform.of("Mac OS X", "aarch64")).hasToString("darwin-arm64");
    assertThat(Platform.of("Linux", "aarch64").hasReleases()).isTrue();
    assertThat(Platform.of("Mac OS X", "aarch64").hasReleases()).isFalse();
    assertThat(Platform.of("Linux", "riscv64").hasReleases()).isFalse();
  }

  private Path program(String name) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }
}
